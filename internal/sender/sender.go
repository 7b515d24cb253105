// Package sender makes the requests to one destination: attempts, rounds of attempts,
// and the pace of rounds. It is the only package that uses the network.
package sender

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
)

// MaxRounds is how many rounds may be under way at a time. Their connections are
// kept.
const MaxRounds = 4

// Options describe a sender.
type Options struct {
	Destination destination.Destination
	Client      *http.Client             // nil for one of its own
	Connection  Connection               // of the sender's own client
	Mask        func(text string) string // hides secrets in what a server says; nil for none
}

// A Sender sends to one destination. Its pace belongs to one goroutine, the
// pipeline's; rounds run beside it.
type Sender struct {
	dest    destination.Destination
	http    *http.Client
	own     bool // whether http was made here
	timeout time.Duration
	mask    func(string) string
	ctx     context.Context // of all rounds
	cancel  context.CancelFunc

	rounds atomic.Int64 // begun
	failed int          // rounds in a row that failed
	// failedUpTo is the newest round that had begun when one failed last.
	failedUpTo int
	restTo     time.Time // no round before that, except for a flush
	paced      time.Time // no round for the sake of the number of spans before that
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

// Close drops idle connections of a client that is the sender's own.
func (s *Sender) Close() {
	s.cancel()
	if s.own {
		s.http.CloseIdleConnections()
	}
}

const (
	// pace is the least time between two requests that are not full and that only
	// the number of spans asks for, so that a burst costs few requests.
	pace = 5 * time.Millisecond
	// firstRest and longestRest bound the pause between failed rounds.
	firstRest   = 250 * time.Millisecond
	longestRest = 30 * time.Second
)

// Rounds returns the number of rounds begun. Any goroutine may call it.
func (s *Sender) Rounds() int { return int(s.rounds.Load()) }

// Slots is how many rounds may be under way. After a failure one at a time feels
// its way.
func (s *Sender) Slots() int {
	if s.failed > 0 {
		return 1
	}
	return MaxRounds
}

// Failing reports whether the last round failed.
func (s *Sender) Failing() bool { return s.failed > 0 }

// RestTo is when the next round may start, except for a flush; zero for now.
func (s *Sender) RestTo() time.Time { return s.restTo }

// PacedTo is when a round may start that only the number of spans asks for.
func (s *Sender) PacedTo() time.Time { return s.paced }

// Succeeded notes that a round came through.
func (s *Sender) Succeeded() { s.failed, s.restTo = 0, time.Time{} }

// Rest puts off the next round: as long as the server asked, or longer after
// each failure. Rounds that were under way together fail together.
func (s *Sender) Rest(round int, asked time.Duration) {
	pause := min(firstRest<<min(s.failed, 10), longestRest)
	if round > s.failedUpTo {
		s.failed++
		s.failedUpTo = s.Rounds()
	}
	s.restTo = time.Now().Add(min(max(asked, pause/2+rand.N(pause/2)), longestRest))
}
