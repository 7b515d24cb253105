package mutllm

import (
	"context"
	"hash/maphash"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// A client library calls the middleware for each attempt of a call. The middleware does
// not know which attempts belong together, nor which is the last; it only sees the number
// of the attempt in a header. A retryable failure therefore parks its call, under the
// properties that it shares with the next attempt, and the next attempt resumes it.
//
// Two equal calls made at the same time under the same span may swap their attempts. Only
// their timing differs.

// A place is where a call is parked.
type place struct {
	redirect *http.Response // that the next request follows; if set, all other fields are zero

	parent  *mutagent.Span
	url     string
	body    uint64
	attempt int  // the number of the current or the next attempt
	counted bool // the client library numbers attempts; if not, each attempt is a call of its own
}

var seed = maphash.MakeSeed()

// placeOf returns where an attempt before req would have parked the call.
func placeOf(req *http.Request, body *genai.Excerpt) place {
	n, err := strconv.Atoi(req.Header.Get("X-Stainless-Retry-Count"))
	if err != nil || n < 0 {
		return place{}
	}
	at := place{parent: mutagent.FromContext(req.Context()), url: req.URL.String(), attempt: n, counted: true}
	if body != nil {
		at.body = maphash.Bytes(seed, body.Bytes())
	}
	return at
}

// parked are the calls that wait for another attempt.
var parked = lot{calls: map[place][]*call{}}

// A lot holds parked calls.
type lot struct {
	mu    sync.Mutex
	calls map[place][]*call // the longest waiting first
}

func (l *lot) put(at place, c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls[at] = append(l.calls[at], c)
}

// take removes a call from a place and returns it, or nil if there is none.
func (l *lot) take(at place) *call {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.calls[at]
	if len(waiting) == 0 {
		return nil
	}
	l.set(at, waiting[1:])
	return waiting[0]
}

// remove removes c from its place, if it is still there.
func (l *lot) remove(at place, c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set(at, slices.DeleteFunc(l.calls[at], func(other *call) bool { return other == c }))
}

func (l *lot) set(at place, waiting []*call) {
	if l.calls[at] = waiting; len(waiting) == 0 {
		delete(l.calls, at)
	}
}

// grace is how long a parked call outlives the context of its attempt.
const grace = 100 * time.Millisecond

// retry makes a locked call wait for the library's next attempt.
func (c *call) retry(ctx context.Context, delay time.Duration) {
	c.place.attempt++
	c.park(ctx, c.place, delay)
}

// park makes a locked call wait for the next attempt, at most as long as a client
// library would wait. Libraries with a timeout per attempt cancel its context right
// before the next attempt, so the end of the context shortens the wait and does not end
// the call.
func (c *call) park(ctx context.Context, at place, delay time.Duration) {
	attempt := c.attempts
	c.detach = context.AfterFunc(ctx, func() { c.hurry(attempt) })
	c.wait = time.AfterFunc(delay, func() { c.endAttempt(attempt, nil) })
	c.waiting = at
	parked.put(at, c)
}

// hurry shortens the wait of a parked call, unless it was resumed.
func (c *call) hurry(attempt int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wait != nil && c.attempts == attempt {
		c.wait.Reset(grace)
	}
}

// leave removes a locked call from the lot, if it is parked.
func (c *call) leave() {
	if c.wait != nil {
		c.wait.Stop()
		c.wait = nil
		parked.remove(c.waiting, c)
	}
}

// resume returns a call parked at a place, ready for another attempt, or nil.
func resume(at place) *call {
	if at.attempt == 0 && at.redirect == nil {
		return nil
	}
	for {
		if c := parked.take(at); c == nil || c.resume() {
			return c
		}
	}
}

// resume prepares a parked call for another attempt, unless it has ended.
func (c *call) resume() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	c.wait.Stop()
	c.wait = nil
	c.detach()
	c.detach = nil
	c.attempts++
	c.hear()
	name, attrs := c.refusal.event()
	c.span.AddEvent(name, attrs...)
	c.refusal = nil
	c.read.Failure = genai.Failure{}
	return true
}
