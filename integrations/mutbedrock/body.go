package mutbedrock

import (
	"context"
	"errors"
	"io"
	"time"
)

// A body wraps the body of a response. It passes the data to the SDK and parses it. The
// SDK's own goroutine reads a stream; the caller may call Close concurrently.
type body struct {
	io.ReadCloser
	call   *call
	unbind func() bool // detaches from the context
}

// follow returns b as a body that is read for c, and that ends c if it is a stream. The
// caller must hold the lock of c.
func follow(c *call, b io.ReadCloser) *body {
	followed := &body{ReadCloser: b, call: c, unbind: func() bool { return true }}
	if c.op.stream {
		followed.unbind = context.AfterFunc(c.ctx, func() { followed.over(nil) })
	}
	return followed
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.took(p[:n], err)
	return n, err
}

// Close ends a stream before it closes it, because a concurrent Read then fails, which
// is no error of the call.
func (b *body) Close() error {
	b.over(nil)
	return b.ReadCloser.Close()
}

var errNonsense = errors.New("mutbedrock: what came is no event stream")

// took parses the bytes read. The last event ends a stream, so nobody has to read to
// the end of the body or to close it.
func (b *body) took(p []byte, err error) {
	c := b.call
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.read.Write(p)
	if c.first == 0 && c.read.Spoke() {
		c.first = time.Since(c.began)
	}
	if !c.op.stream {
		return
	}
	switch within, lost := c.read.Torn(); {
	case c.read.Done():
		c.finish(nil)
	case lost:
		c.finish(errNonsense)
	case err == io.EOF && within:
		c.finish(io.ErrUnexpectedEOF)
	case err == io.EOF:
		c.finish(nil)
	case err != nil:
		c.finish(c.because(err))
	}
}

// over ends the call when its stream ends.
func (b *body) over(err error) {
	c := b.call
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.op.stream {
		c.finish(c.because(err))
	}
}

// because returns the cause if the context has ended, regardless of the error of the
// body.
func (c *call) because(err error) error {
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	return err
}
