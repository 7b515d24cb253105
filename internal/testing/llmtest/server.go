package llmtest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
)

// A Server answers requests one after the other by its script.
type Server struct {
	URL string // base URL: "http://127.0.0.1:port"

	http *httptest.Server

	mu       sync.Mutex
	script   []Step    // guarded by mu; the remaining steps
	requests []Request // guarded by mu
}

// A Request is a request that a [Server] received.
type Request struct {
	Method string
	URI    string // path and query
	Header http.Header
	Body   string
	Left   bool // the client disconnected before the end of the answer
}

// Serve starts a server on a loopback port. The caller must close it.
//
// A request that does not fit the next step, or comes after the last one, gets the
// status 404 and a text that says so. It uses up no step.
func Serve(script ...Step) *Server {
	s := &Server{script: script}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	return s
}

// Close stops the server. It waits until every request is answered or abandoned by the
// client.
func (s *Server) Close() { s.http.Close() }

// Requests returns the received requests, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP answers with the next step.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	step, number, err := s.next(r, string(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	if !step.play(w, r.Context().Done()) {
		s.left(number)
	}
}

// next records a request, and returns its step and its number.
func (s *Server) next(r *http.Request, body string) (step Step, number int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{r.Method, r.URL.RequestURI(), r.Header.Clone(), body, false})
	if len(s.script) == 0 {
		return step, 0, fmt.Errorf("llmtest: no step is left for %s %s", r.Method, r.URL.Path)
	}
	step = s.script[0]
	if want := step.recording; !want.answers(r) {
		return step, 0, fmt.Errorf("llmtest: %s %s, but the next step answers %s %s", r.Method, r.URL.Path, want.Method, want.Path)
	}
	s.script = s.script[1:]
	return step, len(s.requests) - 1, nil
}

func (s *Server) left(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[number].Left = true
}
