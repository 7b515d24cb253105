package mutllm

import (
	"io"
	"runtime"
)

// A body is that of an answer, read by the caller, and looked at as it passes by.
// A call does not refer to its body, so that a body which nobody refers to any more
// can be collected; then that ends the call.
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

func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.call.end(nil) // to leave a stream early is no error
	return err
}
