package mutagent_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// A receiver is a real server that keeps what it accepts. The JSON is spelled
// out here once more, on purpose: what the encoder and the tests agree on must
// be what docs/wire.md says.
type receiver struct {
	*httptest.Server
	// answer may refuse a request, by writing a status and returning false.
	answer func(http.ResponseWriter, *http.Request) bool

	mu       sync.Mutex
	accepted func() // called after each request that was accepted
	bodies   []body
	requests int
}

type (
	body struct {
		Traces []trace `json:"traces"`
	}
	trace struct {
		TraceID     string         `json:"traceId"`
		Source      string         `json:"source"`
		Environment string         `json:"environment"`
		SessionID   string         `json:"sessionId"`
		Tags        []string       `json:"tags"`
		Metadata    map[string]any `json:"metadata"`
		Spans       []span         `json:"spans"`
	}
	span struct {
		TraceID      string       `json:"-"`
		SpanID       string       `json:"spanId"`
		ParentSpanID string       `json:"parentSpanId"`
		Name         string       `json:"name"`
		Kind         string       `json:"kind"`
		Status       string       `json:"status"`
		Message      string       `json:"statusMessage"`
		StartTime    string       `json:"startTime"`
		EndTime      string       `json:"endTime"`
		DurationMs   float64      `json:"durationMs"`
		Input        string       `json:"input"`
		Output       string       `json:"output"`
		Metadata     spanMetadata `json:"metadata"`

		// What the metadata says, in short.
		Metrics    map[string]any `json:"-"`
		Attributes map[string]any `json:"-"`
		Events     []event        `json:"-"`
		Truncated  bool           `json:"-"`
		UserID     string         `json:"-"`
	}
	spanMetadata struct {
		Attributes map[string]any `json:"attributes"`
		Events     []event        `json:"events"`
		Truncated  bool           `json:"mutagent.truncated"`
		Late       bool           `json:"mutagent.late"`
		all        map[string]any
	}
	event struct {
		Name       string         `json:"name"`
		Timestamp  string         `json:"timestamp"`
		Level      string         `json:"level"`
		Severity   int            `json:"severity"`
		Attributes map[string]any `json:"attributes"`
		Source     *struct {
			Function, File string
			Line           int
		} `json:"source"`
	}
)

func (s *span) UnmarshalJSON(data []byte) error {
	type plain span
	if err := json.Unmarshal(data, (*plain)(s)); err != nil {
		return err
	}
	m := &s.Metadata
	s.Metrics, s.Attributes, s.Events, s.Truncated = m.metrics(), m.Attributes, m.Events, m.Truncated
	s.UserID, _ = m.all["user.id"].(string)
	return nil
}

func (m *spanMetadata) UnmarshalJSON(data []byte) error {
	type plain spanMetadata
	if err := json.Unmarshal(data, (*plain)(m)); err != nil {
		return err
	}
	return json.Unmarshal(data, &m.all)
}

// metrics are the numbers that stand in the metadata under OpenTelemetry's names.
func (m *spanMetadata) metrics() map[string]any {
	var short map[string]any
	for key, name := range map[string]string{
		"gen_ai.request.model":                     "model",
		"gen_ai.provider.name":                     "provider",
		"gen_ai.usage.input_tokens":                "inputTokens",
		"gen_ai.usage.output_tokens":               "outputTokens",
		"gen_ai.usage.total_tokens":                "totalTokens",
		"gen_ai.usage.cache_read.input_tokens":     "cachedInputTokens",
		"gen_ai.usage.cache_creation.input_tokens": "cacheWriteTokens",
		"gen_ai.usage.reasoning.output_tokens":     "reasoningTokens",
		"gen_ai.response.time_to_first_chunk":      "timeToFirstToken",
		"mutagent.cost_usd":                        "costUsd",
		"mutagent.usage":                           "usage",
	} {
		if v, ok := m.all[key]; ok {
			if short == nil {
				short = map[string]any{}
			}
			short[name] = v
		}
	}
	return short
}

// resource is what the traces of the body say of the process.
func (b *body) resource() map[string]any { return b.Traces[0].Metadata }

// A loss is what the body says was lost.
type loss struct {
	Spans, Events, Truncated int64
	Reasons                  map[string]int64
}

func (b *body) lost(t *testing.T) (lost loss) {
	t.Helper()
	for _, tr := range b.Traces {
		if told := tr.Metadata["mutagent.lost"]; told != nil {
			raw, err := json.Marshal(told)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(raw, &lost))
		}
	}
	return lost
}

// structured is an input or output that is not a text.
func structured(t *testing.T, text string) map[string]any {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &object), text)
	return object
}

func newReceiver(t *testing.T) *receiver { return newReceiverThat(t, nil) }

// newReceiverThat is newReceiver for a server that other processes send to, which
// may not be changed any more.
func newReceiverThat(t *testing.T, answer func(http.ResponseWriter, *http.Request) bool) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Server.Close)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.requests++
	r.mu.Unlock()
	if r.answer != nil && !r.answer(w, req) {
		return
	}
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return // the client went away
	}
	var b body
	if err := json.Unmarshal(raw, &b); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.bodies = append(r.bodies, b)
	accepted := r.accepted
	r.mu.Unlock()
	if accepted != nil {
		accepted()
	}
	_, _ = io.WriteString(w, `{"accepted":1,"rejected":0}`)
}

// onRequest sets answer where requests come from another process, whose start the
// race detector does not take for an order of events.
func (r *receiver) onRequest(answer func(http.ResponseWriter, *http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *receiver) onAccepted(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.accepted = f
}

// client returns a client that delivers to r. opts may be nil.
func (r *receiver) client(t *testing.T, opts *mutagent.Options) *mutagent.Client {
	t.Helper()
	var o mutagent.Options
	if opts != nil {
		o = *opts
	}
	o.APIKey, o.Endpoint = "mt_test", r.URL
	c, err := mutagent.New(&o)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = c.Shutdown(ctx) // what the test wanted to see delivered, it has flushed
	})
	return c
}

// spans returns every span accepted so far, in order.
func (r *receiver) spans() []span {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []span
	for _, b := range r.bodies {
		for _, tr := range b.Traces {
			for _, s := range tr.Spans {
				s.TraceID = tr.TraceID
				all = append(all, s)
			}
		}
	}
	return all
}

// named returns the spans accepted so far by name.
func (r *receiver) named() map[string]span {
	m := map[string]span{}
	for _, s := range r.spans() {
		m[s.Name] = s
	}
	return m
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

// balanced checks that the statistics add up.
func balanced(t *testing.T, s mutagent.Statistics) {
	t.Helper()
	var dropped int64
	for _, n := range s.Dropped {
		dropped += n
	}
	assert.Equal(t, s.Ended, s.Delivered+s.Pending+s.Spooled+dropped, "%+v", s)
}

// taken is the body of an answer to a request that was accepted.
func taken() io.ReadCloser { return io.NopCloser(strings.NewReader(`{"accepted":1,"rejected":0}`)) }
