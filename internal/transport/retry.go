package transport

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// A Transport posts bodies to one URL. It is safe for concurrent use.
type Transport struct {
	http *http.Client
	own  bool // whether http was made here
	url  string
	key  string
	hide *strings.Replacer // the key, in what errors say
}

// hidden stands for the key in what errors say.
const hidden = "<api key>"

// New returns a Transport that posts to url with key. It uses a shallow copy of
// client, or a client of its own if that is nil.
func New(client *http.Client, url, key string) *Transport {
	quoted := strconv.Quote(key)
	quoted = quoted[1 : len(quoted)-1]
	t := &Transport{url: url, key: key, hide: strings.NewReplacer(key, hidden, quoted, hidden)}
	if client == nil {
		t.http, t.own = &http.Client{Transport: newRoundTripper()}, true
	} else {
		c := *client
		t.http = &c
	}
	// Following a redirect would take the key to another host, and turn the POST
	// into a GET.
	t.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return t
}

// MaxRounds is how many rounds may be under way at a time. Their connections are
// kept.
const MaxRounds = 4

func newRoundTripper() http.RoundTripper {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	if d, ok := http.DefaultTransport.(*http.Transport); ok {
		t = d.Clone()
	}
	t.MaxIdleConnsPerHost = MaxRounds
	return t
}

// Close drops idle connections of a client that is the Transport's own.
func (t *Transport) Close() {
	if t.own {
		t.http.CloseIdleConnections()
	}
}

const (
	// attempts is how often a round tries: the vendor's SDKs do three.
	attempts = 3
	// firstPause is the longest pause after the first attempt; each later one may
	// be four times as long.
	firstPause = 250 * time.Millisecond
	// patience is the longest pause a server can ask for within a round. When it
	// wants more, the round ends.
	patience = 5 * time.Second
)

// Round posts body, and again if that makes sense: up to three attempts with
// exponential backoff and full jitter, or the pause the server asks for; only the
// second attempt is made at once if the first got no answer at all. It
// returns nil when the server took the body, otherwise the failure of the last
// attempt. A round takes at most three times the attempts' timeout of 10 s, plus
// twice the longest pause.
func (t *Transport) Round(ctx context.Context, body *wire.Body) *Error {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		failure := t.attempt(ctx, body)
		if failure == nil {
			return nil
		}
		// Stop if trying again is useless, too late, or asked for much later.
		if failure.Verdict != Retry || attempt == attempts || failure.RetryAfter > patience {
			return failure
		}
		wait := failure.RetryAfter
		switch {
		case attempt == 1 && failure.Status == 0:
			// Most often the server has closed a connection that was kept, as while a
			// Lambda function was frozen. A new one is made at once.
		case wait == 0:
			wait = rand.N(pause) + 1
			pause *= 4
		}
		// Stop if the round is over.
		if !sleep(ctx, wait) {
			return failure
		}
	}
}

// sleep reports whether it slept for d, as opposed to ctx ending first.
func sleep(ctx context.Context, d time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
