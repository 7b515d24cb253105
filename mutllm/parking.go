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

// A client library that makes several attempts calls the middleware for each, and
// tells the middleware neither that they belong together nor which is the last. It
// does send the number of the attempt in a header. So a failure that may be
// repeated parks its call, under what the next attempt will have in common with
// it, and the next attempt takes it from there.
//
// Two calls that are equal in all of this, made at the same time under the same
// span, may swap their attempts. They could be told apart by nothing but time.

// A place is where a call is parked.
type place struct {
	parent  *mutagent.Span
	url     string
	body    uint64
	attempt int  // the number of the one that was made or is to come
	counted bool // by the client library; if not, each attempt is a call of its own
}

var seed = maphash.MakeSeed()

// placeOf returns where an earlier attempt than req would have parked the call.
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

// A lot is where calls are parked.
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

// remove removes c from its place, unless somebody took it.
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

// park lets a locked call wait for the next attempt, no longer than a client
// library would take to make it. Libraries that give each attempt a timeout of its
// own cancel that right before the next, so the end of the context cuts the wait
// short and does not end the call at once.
func (c *call) park(ctx context.Context, delay time.Duration) {
	attempt := c.attempts
	c.detach = context.AfterFunc(ctx, func() { c.hurry(attempt) })
	c.wait = time.AfterFunc(delay, func() { c.endAttempt(attempt, nil) })
	c.place.attempt++
	parked.put(c.place, c)
}

// hurry leaves a parked call little time, unless it has gone on.
func (c *call) hurry(attempt int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wait != nil && c.attempts == attempt {
		c.wait.Reset(grace)
	}
}

// leave takes a locked call from where it is parked, if it is.
func (c *call) leave() {
	if c.wait != nil {
		c.wait.Stop()
		c.wait = nil
		parked.remove(c.place, c)
	}
}

// resume returns a call that is parked at a place, ready for another attempt, or
// nil.
func resume(at place) *call {
	if !at.counted || at.attempt == 0 {
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
	c.span.AddEvent("retry", c.refusal.attrs()...)
	c.refusal = nil
	c.read.Failure = genai.Failure{}
	return true
}
