package mutest

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/testing/contract"
)

// A Server is a fake MutagenT service. It receives traces over HTTP and validates each
// request against the vendor's published contract: path, headers, and the JSON Schemas
// of both API generations. An invalid request is answered as the service would, and
// fails the test. Its methods are safe for concurrent use, except for [Server.Span],
// which may end the test and must be called from the test's goroutine.
//
// The Server does not imitate behaviour beyond the schemas: it accepts any API key, and
// bodies of any size.
type Server struct {
	// URL is the endpoint, for mutagent.Options or $MUTAGENT_ENDPOINT.
	URL string

	tb testing.TB

	mu       sync.Mutex
	api      API // guarded by mu, like what follows
	why      func(Span) string
	first    http.HandlerFunc
	failures []int // statuses that are still to be answered
	requests []Request
	store    store
}

// A Request is one request received by a [Server].
type Request struct {
	Time   time.Time // when the body was complete
	Method string
	Path   string
	Header http.Header
	Body   []byte
	Status int // of the response; 0 if [Server.Intercept] handled it
}

// An API selects the generation of the MutagenT API that a [Server] validates and
// answers.
type API string

const (
	// Either requires bodies that are valid under both generations, because a client
	// cannot know the server's generation. It answers as 0.5.
	Either API = ""
	// API01 is the API of May 2026. It answers {"success","count","traceIds"}.
	API01 API = "0.1"
	// API05 is the API of October 2026. It answers {"accepted","rejected","note"}.
	API05 API = "0.5"
)

func (a API) generation() contract.Generation {
	switch a {
	case API01:
		return contract.V01
	case API05:
		return contract.V05
	}
	return contract.Both
}

// NewServer starts a Server on a loopback address, and closes it when the test ends.
func NewServer(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{tb: tb}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = server.URL
	tb.Cleanup(server.Close)
	return s
}

// Speak sets the API generation for all further requests. It panics if api is unknown.
func (s *Server) Speak(api API) {
	if api != Either && api != API01 && api != API05 {
		panic(fmt.Sprintf("mutest: there is no API %q", string(api)))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.api = api
}

// Reject makes the server reject the spans for which why returns a reason, and accept
// the rest of the request. The response has status 200 and the first reason as its
// note. API 0.1 cannot express that: it leaves the trace out of traceIds. why is called
// for one span at a time and must not call the server. A nil why accepts all spans.
func (s *Server) Reject(why func(Span) (reason string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.why = why
}

// FailNext makes the server answer the next requests with these statuses, one each, and
// record nothing of them.
func (s *Server) FailNext(status ...int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, status...)
}

// Intercept makes f answer all further requests instead of the server, which does not
// look at them. Use it for a proxy's login page or a server that hangs. A nil f ends
// it.
func (s *Server) Intercept(f http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first = f
}

// Requests returns all requests so far in order of arrival, including failed ones.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Traces returns the traces accepted so far, ordered by the start of their first span.
// Flush the client first: the server does not know what is still to come.
func (s *Server) Traces() []Trace {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.read()
}

// Spans returns the spans of all [Server.Traces], trace by trace.
func (s *Server) Spans() []Span { return spansOf(s.Traces()) }

// Span returns the first of [Server.Spans] with the name. If there is none, it fails
// and ends the test, listing the names that exist.
func (s *Server) Span(name string) Span {
	s.tb.Helper()
	return find(s.tb, s.Spans(), name)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	req := Request{Time: time.Now(), Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Body: body}
	if f := s.first; f != nil {
		s.requests = append(s.requests, req)
		s.mu.Unlock()
		defer s.mu.Lock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		f(w, r)
		return
	}
	answer := s.answer(&req)
	req.Status = answer.status
	s.requests = append(s.requests, req)
	answer.write(w)
}

// answer judges a request and records what it brings.
func (s *Server) answer(req *Request) answer {
	if wrong := judge(req); wrong != nil {
		return s.broken(*wrong)
	}
	if len(s.failures) > 0 {
		status := s.failures[0]
		s.failures = s.failures[1:]
		return refusal(status, "the test asked for this failure")
	}
	b, err := readBatch(req.Body, s.api.generation())
	if err != nil {
		return s.broken(refusal(http.StatusBadRequest, err.Error()))
	}
	notes := b.reject(s.why)
	s.store.add(b, req.Body)
	if s.api == API01 {
		return taken01(b, len(notes))
	}
	return taken05(b, notes)
}

// broken fails the test with what is wrong with a request.
func (s *Server) broken(a answer) answer {
	s.tb.Errorf("mutest: a request breaks MutagenT's contract: %s", a.message)
	return a
}

// judge returns the answer to a request that does not get as far as its body, or nil.
func judge(req *Request) *answer {
	var a answer
	switch h := req.Header; {
	case req.Path != contract.Path:
		a = refusal(http.StatusNotFound, fmt.Sprintf("there is no %s, only %s", req.Path, contract.Path))
	case req.Method != http.MethodPost:
		a = refusal(http.StatusMethodNotAllowed, fmt.Sprintf("%s is posted to, not %s", contract.Path, req.Method))
	case h.Get("X-Api-Key") == "":
		a = refusal(http.StatusUnauthorized, "the header x-api-key is missing")
	case !isJSON(h.Get("Content-Type")):
		a = refusal(http.StatusUnsupportedMediaType, fmt.Sprintf("the header content-type is %q, not application/json", h.Get("Content-Type")))
	case h.Get("Content-Encoding") != "":
		a = refusal(http.StatusUnsupportedMediaType, "the contract knows no content-encoding")
	default:
		return nil
	}
	return &a
}

func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == "application/json"
}
