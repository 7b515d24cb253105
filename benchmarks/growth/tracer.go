package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// A tracer is one of the libraries, with spans that are known by their number, so
// that many can be open.
type tracer interface {
	name() string
	room(spans int)                              // forgets the spans, and makes room for others
	start(i int)                                 // starts a span, as the library's documentation does
	event(i int)                                 // adds an event with two attributes
	input(i int, text string)                    // sets the input of a model call
	end(i int)                                   //
	agent(calls int, each func(began time.Time)) // records an agent and its model calls
	state(ended int64) state                     // of so many spans that have ended
	flush()                                      // returns when everything that has ended was delivered
	close() (delivered int64)                    // the number of all spans that were
	lost() (events int64)                        // or payloads, of spans that were delivered
}

// A state is what has become of spans.
type state struct{ delivered, pending, dropped int64 }

// The names of the lines.
const (
	ours   = "mutagent"
	theirs = "OpenTelemetry"
)

// A sink is a server in memory that takes everything.
type sink struct{ bytes atomic.Int64 }

func (s *sink) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		return nil, err
	}
	s.bytes.Add(n)
	answer := accepted
	if r.URL.Path == otlpPath {
		answer = ""
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, nil
}

const (
	accepted = `{"accepted":1,"rejected":0}` // the answer of a MutagenT server
	otlpPath = "/v1/traces"                  // where an answer may be empty
)

// burst is how many spans end between two flushes. OpenTelemetry's queue has room
// for 2,048.
const burst = 2000

// closed closes a tracer, and fails if it has lost anything of so many spans.
func closed(t tracer, spans int) error {
	if n := t.close(); n != int64(spans) {
		return fmt.Errorf("%s delivered %d of %d spans", t.name(), n, spans)
	}
	return nil
}

func median[T ~int64 | ~float64](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

// since is the time since began, in nanoseconds.
func since(began time.Time) float64 { return float64(time.Since(began).Nanoseconds()) }
