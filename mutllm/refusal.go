package mutllm

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/redact"
)

// A refusal is a failed attempt.
type refusal struct {
	time    time.Time
	status  int    // 0 if there was no response
	err     error  // set if there was no response
	early   *early // the body, until its text was taken
	heard   bool
	final   bool // no attempt follows
	body    string
	failure genai.Failure
}

// event returns the event that is recorded when another attempt follows.
func (f *refusal) event() (name string, attrs []slog.Attr) {
	status := slog.Int("http.response.status_code", f.status)
	switch {
	case f.status == 0:
		return "retry", []slog.Attr{slog.Any("error", f.err)}
	case f.status < http.StatusBadRequest:
		return "redirect", []slog.Attr{status}
	}
	return "retry", []slog.Attr{status, slog.String("error", f.message())}
}

// failed handles an attempt without a response. Client libraries make two retries
// unless configured otherwise; the last attempt cannot be recognised.
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
	c.retry(ctx, patience(nil, c.place.attempt))
}

// maxRefusal is how much of a failure's body is read before the caller reads it.
const maxRefusal = 64 << 10

// lateness is how long a span waits for the text of a failure. The caller does not
// wait.
const lateness = time.Second

// refused handles a response with an error status. Its body is read ahead, because
// client libraries close it unread before a retry.
func (c *call) refused(ctx context.Context, resp *http.Response) {
	f := &refusal{status: resp.StatusCode, time: time.Now()}
	if resp.Body != nil && resp.Header.Get("Content-Encoding") == "" {
		f.early = readAhead(resp.Body, maxRefusal)
		resp.Body = f.early
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.refusal = f
	f.final = !c.place.counted || !mayRetry(resp) || resp.Body == nil || ctx.Err() != nil
	if f.early != nil && !f.early.isOver() {
		go c.await(f, f.early)
	} else if c.hear(); f.final {
		c.finish(nil)
		return
	}
	if resp.Body != nil {
		resp.Body = &refusedBody{resp.Body, c, f}
	}
	if !f.final {
		c.retry(ctx, patience(resp.Header, c.place.attempt))
	}
}

// await waits for the text of a failure, and ends the call if the failure is final.
func (c *call) await(f *refusal, text *early) {
	timer := time.NewTimer(lateness)
	defer timer.Stop()
	select {
	case <-text.over:
	case <-timer.C:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && c.refusal == f {
		c.heard()
	}
}

// hear takes the text of a locked call's failure, once.
func (c *call) hear() {
	f := c.refusal
	if f == nil || f.heard {
		return
	}
	f.heard = true
	if f.early != nil {
		f.body = beginning(f.early.text())
		f.early = nil
	}
	if f.status != 0 {
		c.read.Refused([]byte(f.body))
		f.failure = c.read.Failure
	}
}

// beginning returns what is recorded of a body that was read ahead. If there may be more,
// the end is left out: redaction comes later, and the limit may have split a secret.
func beginning(text []byte) string {
	if len(text) < maxRefusal {
		return string(text)
	}
	return freeze.Cut(string(text), maxRefusal-redact.Overhang)
}

// heard ends a locked call if its failure is final.
func (c *call) heard() {
	if c.hear(); c.refusal.final {
		c.finish(nil)
	}
}

// A refusedBody is the body of a failure that may be retried, or whose text has not
// arrived. A caller that reads it will not retry.
type refusedBody struct {
	io.ReadCloser
	call    *call
	refusal *refusal
}

func (b *refusedBody) Read(p []byte) (int, error) {
	b.call.final(b.refusal)
	return b.ReadCloser.Read(p)
}

func (b *refusedBody) Close() error {
	err := b.ReadCloser.Close()
	b.call.closed(b.refusal)
	return err
}

// final marks a failure as the last of its call, which ends when the text has arrived.
func (c *call) final(f *refusal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && c.refusal == f && !f.final {
		f.final = true
		if f.heard || f.early.isOver() {
			c.heard()
		}
	}
}

// closed takes the text that has arrived, because no more will come.
func (c *call) closed(f *refusal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && c.refusal == f {
		c.heard()
	}
}

// mayRetry reports whether a client library retries after resp.
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

// patience is how long to wait for the next attempt: the server's Retry-After, or the
// backoff of client libraries, which grows from half a second to 8 s; plus a margin.
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
