package mutllm

import (
	"bytes"
	"context"
	"hash/maphash"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/llm"
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
func placeOf(req *http.Request, body []byte) place {
	n, err := strconv.Atoi(req.Header.Get("X-Stainless-Retry-Count"))
	if err != nil || n < 0 {
		return place{}
	}
	return place{
		parent:  mutagent.FromContext(req.Context()),
		url:     req.URL.String(),
		body:    maphash.Bytes(seed, body),
		attempt: n,
		counted: true,
	}
}

// parked are the calls that wait for another attempt. Each leaves when it ends.
var parked = struct {
	sync.Mutex
	calls map[place][]*call
}{calls: map[place][]*call{}}

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
	parked.Lock()
	defer parked.Unlock()
	parked.calls[c.place] = append(parked.calls[c.place], c)
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
	if c.wait == nil {
		return
	}
	c.wait.Stop()
	c.wait = nil
	parked.Lock()
	defer parked.Unlock()
	waiting := parked.calls[c.place]
	for i := range waiting {
		if waiting[i] == c {
			waiting = append(waiting[:i], waiting[i+1:]...)
			break
		}
	}
	if parked.calls[c.place] = waiting; len(waiting) == 0 {
		delete(parked.calls, c.place)
	}
}

// resume returns the call that is parked at a place, or nil.
func resume(at place) *call {
	if !at.counted || at.attempt == 0 {
		return nil
	}
	for {
		parked.Lock()
		waiting := parked.calls[at]
		parked.Unlock()
		if len(waiting) == 0 {
			return nil
		}
		if c := waiting[0]; c.resume() {
			return c
		}
	}
}

// resume prepares a parked call for another attempt, unless it has ended.
func (c *call) resume() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.wait == nil {
		return false
	}
	c.leave()
	c.attempts++
	c.detach()
	c.detach = nil
	c.span.AddEvent("retry", c.refusal.attrs()...)
	c.refusal = nil
	c.read.Failure = llm.Failure{}
	return true
}

// A refusal is an attempt that failed.
type refusal struct {
	time    time.Time
	status  int   // 0 if there was no answer
	err     error // in its place
	body    string
	failure llm.Failure
}

func (f *refusal) attrs() []slog.Attr {
	if f.status == 0 {
		return []slog.Attr{slog.Any("error", f.err)}
	}
	return []slog.Attr{slog.Int("http.response.status_code", f.status), slog.String("error", f.message())}
}

// failed takes an attempt that has no answer. Client libraries make two more after
// the first unless configured; which is the last nothing tells.
func (c *call) failed(ctx context.Context, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.refusal = &refusal{time: time.Now(), err: err}
	if !c.place.counted || c.place.attempt >= 2 || ctx.Err() != nil {
		c.finish(err)
		return
	}
	c.park(ctx, patience(nil, c.place.attempt))
}

// maxRefusal is how much of the body of a failure is read before the caller does.
const maxRefusal = 64 << 10

// refused takes an answer that tells of a failure. Its body is read at once, since
// client libraries close it unread if they are going to try again.
func (c *call) refused(ctx context.Context, resp *http.Response) {
	f := &refusal{status: resp.StatusCode}
	if resp.Body != nil && resp.Header.Get("Content-Encoding") == "" {
		f.body = peek(resp)
	}
	f.time = time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.read.Refused([]byte(f.body))
	f.failure = c.read.Failure
	c.refusal = f
	if !c.place.counted || !mayRetry(resp) || resp.Body == nil || ctx.Err() != nil {
		c.finish(nil)
		return
	}
	resp.Body = &lastBody{resp.Body, c}
	c.park(ctx, patience(resp.Header, c.place.attempt))
}

// peek returns the beginning of a body, and lets resp have it all the same.
func peek(resp *http.Response) string {
	var kept bytes.Buffer
	_, err := io.Copy(&kept, io.LimitReader(resp.Body, maxRefusal))
	text := kept.String()
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = failing{err}
	}
	resp.Body = &joined{io.MultiReader(&kept, rest), resp.Body}
	return text
}

// A lastBody is that of a failure which may be repeated. Who reads it will not.
type lastBody struct {
	io.ReadCloser
	call *call
}

func (b *lastBody) Read(p []byte) (int, error) {
	b.call.final()
	return b.ReadCloser.Read(p)
}

// final ends the call if it is parked.
func (c *call) final() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && c.wait != nil {
		c.finish(nil)
	}
}

// mayRetry reports whether a client library repeats a call that came to resp.
func mayRetry(resp *http.Response) bool {
	switch resp.Header.Get("X-Should-Retry") {
	case "true":
		return true
	case "false":
		return false
	}
	switch s := resp.StatusCode; s {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	default:
		return s >= http.StatusInternalServerError
	}
}

// patience is how long the next attempt may take to come: what the server asks
// for, or what client libraries wait by themselves, half a second at first and 8
// at most; and some time to spare.
func patience(h http.Header, attempt int) time.Duration {
	const most = time.Minute // what client libraries accept from a server
	wait := min(time.Second/2<<min(attempt, 8), 8*time.Second)
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil {
		wait = time.Duration(ms * float64(time.Millisecond))
	} else if s, err := strconv.ParseFloat(h.Get("Retry-After"), 64); err == nil {
		wait = time.Duration(s * float64(time.Second))
	} else if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		wait = time.Until(at)
	}
	return max(0, min(wait, most)) + time.Second/2
}
