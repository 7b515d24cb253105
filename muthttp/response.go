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

// WriteString lets io.WriteString find the WriteString within.
func (r *response) WriteString(s string) (int, error) { return io.WriteString(r.ResponseWriter, s) }

// A flusher is the part of a response that can be flushed.
type flusher struct{ response *response }

func (f flusher) Flush() { _ = f.FlushError() } // Flush has no way to tell

// FlushError is what http.ResponseController looks for before Flush.
func (f flusher) FlushError() error {
	return http.NewResponseController(f.response.ResponseWriter).Flush()
}

// A hijacker is the part that gives away the connection.
type hijacker struct {
	response *response
	within   http.Hijacker
}

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := h.within.Hijack()
	h.response.hijacked = h.response.hijacked || err == nil
	return conn, rw, err
}
