package llmtest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
)

// A Server answers requests one after the other, as its script says.
type Server struct {
	URL string // of the root: "http://127.0.0.1:port"

	http *httptest.Server

	mu       sync.Mutex
	script   []Step    // guarded by mu; what is still to come
	requests []Request // guarded by mu
}

// A Request is what a [Server] was sent.
type Request struct {
	Method string
	URI    string // path and query
	Header http.Header
	Body   string
	Left   bool // the client went away before the end of the answer
}

// Serve starts a server on a loopback port. The caller must close it.
//
// A request that does not fit the next step, or comes when there is none, is
// answered 404 with a text that says so, and takes no step.
func Serve(script ...Step) *Server {
	s := &Server{script: script}
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	return s
}

// Close stops the server. It waits until every request has its answer, or has
// been given up by the client.
func (s *Server) Close() { s.http.Close() }

// Requests returns what the server was sent, in order.
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

// next notes a request, and returns its step and its number.
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
