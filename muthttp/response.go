package muthttp

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// A response is a ResponseWriter that remembers the status.
type response struct {
	http.ResponseWriter
	status   int // 0 as long as it is not known
	hijacked bool
}

// WriteHeader takes the first status that is final. Those below 200 announce it,
// but for the one that ends HTTP.
func (r *response) WriteHeader(status int) {
	if r.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// returned tells r that the handler has returned. If nothing was said of a status,
// the server sends 200; after a panic it would not.
func (r *response) returned() {
	if r.status == 0 && !r.hijacked {
		r.status = http.StatusOK
	}
}

// Unwrap is for http.ResponseController.
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// ReadFrom lets io.Copy find the ReadFrom within, which can spare a copy.
func (r *response) ReadFrom(src io.Reader) (int64, error) { return io.Copy(r.ResponseWriter, src) }

// outside returns r with the optional interfaces of the writer within: those of
// net/http's servers, HTTP/1 and HTTP/2, or less.
func (r *response) outside() http.ResponseWriter {
	_, flushes := r.ResponseWriter.(http.Flusher)
	hijacker, hijacks := r.ResponseWriter.(http.Hijacker)
	pusher, pushes := r.ResponseWriter.(http.Pusher)
	switch {
	case flushes && hijacks:
		return &response1{flusher{r}, hijacker}
	case flushes && pushes:
		return &response2{flusher{r}, pusher}
	case flushes:
		return flusher{r}
	}
	return r
}

// A flusher is a response that can be flushed.
type flusher struct{ *response }

func (f flusher) Flush() { _ = f.FlushError() } // Flush has no way to tell

// FlushError is what http.ResponseController looks for before Flush.
func (f flusher) FlushError() error { return http.NewResponseController(f.ResponseWriter).Flush() }

// A response1 is what HTTP/1 has.
type response1 struct {
	flusher
	hijacker http.Hijacker
}

func (r *response1) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := r.hijacker.Hijack()
	r.hijacked = r.hijacked || err == nil
	return conn, rw, err
}

// A response2 is what HTTP/2 has.
type response2 struct {
	flusher
	http.Pusher
}
