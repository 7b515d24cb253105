package muthttp

import "io"

// A body is a response body that ends the call when it ends.
type body struct {
	io.ReadCloser
	call *call
}

// follow wraps b so that its end is the end of the call. After 101 Switching Protocols
// the result is also an io.Writer, as b is.
func (c *call) follow(b io.ReadCloser) io.ReadCloser {
	followed := &body{b, c}
	if w, ok := b.(io.Writer); ok {
		return struct {
			*body
			io.Writer
		}{followed, w}
	}
	return followed
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch err {
	case nil:
	case io.EOF:
		b.call.end(nil)
	default:
		b.call.end(err)
	}
	return n, err
}

func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.call.end(err)
	return err
}
