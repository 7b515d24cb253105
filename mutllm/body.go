package mutllm

import (
	"io"
	"runtime"
)

// A body is a response body that records what the caller reads. The call has no
// reference to its body, so that an unreachable body is garbage-collected, which ends
// the call.
type body struct {
	io.ReadCloser
	call *call
}

func newBody(b io.ReadCloser, c *call) *body {
	followed := &body{b, c}
	runtime.AddCleanup(followed, func(c *call) { c.end(errAbandoned) }, c)
	return followed
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch err {
	case nil, io.EOF:
		b.call.took(p[:n], err != nil, nil)
	default:
		b.call.took(p[:n], false, err)
	}
	return n, err
}

// Close ends the call before it closes the body. Closing a stream early is not an error,
// although a concurrent Read then fails.
func (b *body) Close() error {
	b.call.end(nil)
	return b.ReadCloser.Close()
}
