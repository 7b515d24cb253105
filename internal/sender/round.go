package sender

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
)

const (
	// attempts is the number of attempts of a round. The vendor's SDKs make three.
	attempts = 3
	// firstPause is the longest pause after the first attempt. Each later pause may be
	// four times as long.
	firstPause = 250 * time.Millisecond
	// longestPause is the longest pause that a server can ask for within a round. If it
	// asks for more, the round ends.
	longestPause = 5 * time.Second
)

// A Result is the outcome of a round.
type Result struct {
	Round int
	Body  *destination.Body // nil if it could not be made
	destination.Outcome
	Err  error // nil if the request was accepted
	Took time.Duration
}

// Begin starts a round for n spans. frame makes the body, and done receives the result.
// Both are called on a new goroutine.
func (s *Sender) Begin(now time.Time, n int, frame func() *destination.Body, done func(Result)) {
	s.paced = now.Add(pace)
	r := Result{Round: int(s.rounds.Add(1))}
	go func() {
		// A RoundTripper of the program may end the goroutine. Delivery must continue.
		r.Outcome, r.Err = destination.Outcome{Verdict: destination.Later}, errGoexit
		defer func() { done(r) }()
		r.Body = frame()
		began := time.Now()
		outcome, err := s.round(r.Body, n)
		r.Outcome, r.Err, r.Took = outcome, err, time.Since(began)
	}()
}

var errGoexit = errors.New("the HTTP client ended its goroutine")

// round posts body with up to three attempts. Between attempts it pauses with
// exponential backoff and full jitter, or as long as the server asks. The second
// attempt is made at once if the first got no answer. A round takes at most three times
// the attempts' timeout of 10 s, plus twice the longest pause.
func (s *Sender) round(body *destination.Body, n int) (destination.Outcome, error) {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		outcome, err := s.attempt(body, n)
		// Stop if another attempt is useless, the last was made, or the server asked
		// for a longer pause.
		if outcome.Verdict != destination.Later || attempt == attempts || outcome.RetryAfter > longestPause {
			return outcome, err
		}
		wait := outcome.RetryAfter
		var answered *AnswerError
		switch {
		case attempt == 1 && !errors.As(err, &answered):
			// Most often the server has closed a kept-alive connection, for example
			// while a Lambda function was frozen. A new connection is made at once.
		case wait == 0:
			wait = rand.N(pause) + 1
			pause *= 4
		}
		// Stop if the round was cancelled.
		if !sleep(s.ctx, wait) {
			return outcome, err
		}
	}
}

// sleep sleeps for d. It returns false if ctx ends first.
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
