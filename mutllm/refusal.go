package mutllm

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// A refusal is an attempt that failed.
type refusal struct {
	time    time.Time
	status  int   // 0 if there was no answer
	err     error // in its place
	body    string
	failure genai.Failure
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

// refused takes an answer that tells of a failure. Its body is read ahead, since
// client libraries close it unread if they are going to try again.
func (c *call) refused(ctx context.Context, resp *http.Response) {
	f := &refusal{status: resp.StatusCode}
	if resp.Body != nil && resp.Header.Get("Content-Encoding") == "" {
		resp.Body, f.body = readAhead(resp.Body, maxRefusal)
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
