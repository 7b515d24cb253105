// Package sender sends requests to one destination. It makes attempts, groups them into
// rounds, and limits the rate of rounds. It is the only package that uses the network.
package sender

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
)

// MaxRounds is the number of concurrent rounds, and of connections kept alive.
const MaxRounds = 4

// Options describe a sender.
type Options struct {
	Destination destination.Destination
	Client      *http.Client             // nil for a client of the sender's own
	Connection  Connection               // of the sender's own client
	Mask        func(text string) string // hides secrets in a server's messages; nil for none
}

// A Sender sends to one destination. Its pacing methods are for one goroutine, the
// pipeline's; rounds run concurrently.
type Sender struct {
	dest    destination.Destination
	http    *http.Client
	own     bool // whether http was made here
	timeout time.Duration
	mask    func(string) string
	ctx     context.Context // parent of all attempts
	cancel  context.CancelFunc

	rounds atomic.Int64 // number of rounds begun
	failed int          // failed rounds in a row
	// failedUpTo is the newest round that had begun at the last failure.
	failedUpTo int
	restTo     time.Time // no round before this time, except for a flush
	paced      time.Time // no round because of the number of spans before this time
}

// New returns a Sender. It uses a shallow copy of the client it is given.
func New(opts Options) *Sender {
	s := &Sender{dest: opts.Destination, timeout: opts.Connection.Timeout, mask: opts.Mask}
	if s.timeout == 0 {
		s.timeout = attemptTimeout
	}
	if s.mask == nil {
		s.mask = func(text string) string { return text }
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if opts.Client == nil {
		s.http, s.own = &http.Client{Transport: opts.Connection.roundTripper()}, true
	} else {
		c := *opts.Client
		s.http = &c
	}
	// Following a redirect would take the key to another host, and turn the POST
	// into a GET.
	s.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s
}

// Cancel ends the rounds under way.
func (s *Sender) Cancel() { s.cancel() }

// Close cancels all rounds, and closes idle connections if the client is the sender's
// own.
func (s *Sender) Close() {
	s.cancel()
	if s.own {
		s.http.CloseIdleConnections()
	}
}

const (
	// pace is the least time between a request and the next one that is not full and
	// that only the number of spans starts. A burst of spans then takes few requests.
	pace = 5 * time.Millisecond
	// firstRest and longestRest bound the pause between failed rounds.
	firstRest   = 250 * time.Millisecond
	longestRest = 30 * time.Second
)

// Rounds returns the number of rounds begun. Any goroutine may call it.
func (s *Sender) Rounds() int { return int(s.rounds.Load()) }

// Slots returns the number of rounds that may run concurrently. After a failure it is
// one.
func (s *Sender) Slots() int {
	if s.failed > 0 {
		return 1
	}
	return MaxRounds
}

// Failing reports whether the last round failed.
func (s *Sender) Failing() bool { return s.failed > 0 }

// RestTo returns when the next round may start, except for a flush. It is zero if there
// is no pause.
func (s *Sender) RestTo() time.Time { return s.restTo }

// PacedTo returns when the number of spans alone may start a round.
func (s *Sender) PacedTo() time.Time { return s.paced }

// Succeeded records that a round succeeded.
func (s *Sender) Succeeded() { s.failed, s.restTo = 0, time.Time{} }

// Rest delays the next round for as long as the server asked, at most 30 s, or for a
// pause that grows with each failure. Rounds that ran together count as one failure.
func (s *Sender) Rest(round int, asked time.Duration) {
	pause := min(firstRest<<min(s.failed, 10), longestRest)
	if round > s.failedUpTo {
		s.failed++
		s.failedUpTo = s.Rounds()
	}
	s.restTo = time.Now().Add(min(max(asked, pause/2+rand.N(pause/2)), longestRest))
}
