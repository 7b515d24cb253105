// Package faults is a test server that fails on demand, and records exactly what it
// received. Tests compare a client's statistics with it.
package faults

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A Server accepts spans on loopback. It works until Play sets a fault. All methods are
// safe for concurrent use.
type Server struct {
	*httptest.Server
	Ledger Ledger

	door *door

	mu      sync.Mutex
	fault   Fault
	over    chan struct{} // closed when the fault ends
	strikes int
}

// New starts a server. It stops at the end of the test.
func New(t testing.TB) *Server {
	s := newServer(t)
	s.Start()
	return s
}

// NewTLS is New with a certificate that only the server's Client trusts.
func NewTLS(t testing.TB) *Server {
	s := newServer(t)
	s.StartTLS()
	return s
}

func newServer(t testing.TB) *Server {
	s := &Server{over: make(chan struct{})}
	door, err := openDoor()
	require.NoError(t, err)
	s.door = door
	s.Server = &httptest.Server{Listener: door, Config: &http.Server{
		Handler:  http.HandlerFunc(s.serve),
		ErrorLog: log.New(io.Discard, "", 0), // errors are expected
	}}
	t.Cleanup(func() {
		s.Play(Well)
		s.Close()
	})
	return s
}

// Client returns a client with its own connections. It trusts the server and gives up
// on a request after patience.
func (s *Server) Client(t testing.TB, patience time.Duration) *http.Client {
	tr := http.DefaultTransport.(*http.Transport).Clone()
	if s.Certificate() != nil {
		tr.TLSClientConfig = s.Server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: patience}
}

// Play applies f to all later requests and connections. It releases what hangs because
// of the previous fault.
func (s *Server) Play(f Fault) {
	s.mu.Lock()
	close(s.over)
	s.fault, s.over, s.strikes = f, make(chan struct{}), 0
	s.mu.Unlock()
	s.door.set(f)
}

// Strikes returns the number of requests and connections affected by the current fault.
// It cannot count refused connections.
func (s *Server) Strikes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.strikes + s.door.greeted()
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.strikes++
	x := &Exchange{w: w, r: r, ledger: &s.Ledger, over: s.over}
	answer := s.fault.Answer
	s.mu.Unlock()
	if answer == nil {
		answer = Well.Answer
	}
	answer(x)
}

// An Exchange is one request that a fault handles.
type Exchange struct {
	w      http.ResponseWriter
	r      *http.Request
	ledger *Ledger
	over   <-chan struct{}
}

// read returns the body. It aborts the request if the client has gone.
func (x *Exchange) read() []byte {
	raw, err := io.ReadAll(x.r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return raw
}

// take reads the request and records its spans. From now on they count as arrived,
// whatever the client is told.
func (x *Exchange) take() { x.ledger.book(x.read()) }

// answer sends a complete answer. Each header is a name and a value.
func (x *Exchange) answer(status int, header ...string) {
	for i := 0; i < len(header); i += 2 {
		x.w.Header().Set(header[i], header[i+1])
	}
	x.w.WriteHeader(status)
	if status == http.StatusOK {
		_, _ = io.WriteString(x.w, accepted)
	}
}

// wait returns when the client has gone, or the fault has ended.
func (x *Exchange) wait() {
	select {
	case <-x.r.Context().Done():
	case <-x.over:
	}
}

// pause waits for d, and reports whether the client is still there and the fault
// continues.
func (x *Exchange) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.r.Context().Done():
	case <-x.over:
	}
	return false
}

// hijack takes the connection over from net/http, with the bytes read ahead.
func (x *Exchange) hijack() *line {
	conn, rw, err := x.w.(http.Hijacker).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	return &line{Conn: conn, ahead: rw.Reader}
}
