package mutest

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/testing/contract"
)

// A batch is the body of one request, in either form: that of API 0.5, where metadata
// holds fields without a key of their own, or that of API 0.1, where they have keys. If
// both are set, metadata wins, because it is more exact.
type batch struct {
	Traces []traceEntry `json:"traces"`
}

type traceEntry struct {
	ID          string         `json:"traceId"`
	Source      string         `json:"source"`
	Environment string         `json:"environment"`
	SessionID   string         `json:"sessionId"`
	Tags        []string       `json:"tags"`
	Metadata    map[string]any `json:"metadata"`
	Spans       []spanEntry    `json:"spans"`

	incomplete bool // some of its spans were rejected
}

// readBatch reads a body that is valid under the generations in g.
func readBatch(body []byte, g contract.Generation) (*batch, error) {
	if err := contract.Check(body, g); err != nil {
		return nil, err
	}
	b := new(batch)
	var other *json.UnmarshalTypeError // of a key that g does not speak of
	if err := unmarshal(body, b); err != nil && !errors.As(err, &other) {
		return nil, err
	}
	for i := range b.Traces {
		t := &b.Traces[i]
		for j := range t.Spans {
			t.Spans[j].said = t.Spans[j].public(t.ID)
		}
	}
	return b, nil
}

// unmarshal is json.Unmarshal that keeps numbers as json.Number, because a float64
// would corrupt large ids.
func unmarshal(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(v)
}

// spans returns how many there are.
func (b *batch) spans() (n int) {
	for _, t := range b.Traces {
		n += len(t.Spans)
	}
	return n
}

// reject removes the spans for which why has a reason, and returns the reasons.
func (b *batch) reject(why func(Span) string) (reasons []string) {
	if why == nil {
		return nil
	}
	for i := range b.Traces {
		t := &b.Traces[i]
		t.Spans = slices.DeleteFunc(t.Spans, func(s spanEntry) bool {
			reason := why(s.said)
			if reason == "" {
				return false
			}
			reasons, t.incomplete = append(reasons, reason), true
			return true
		})
	}
	return reasons
}

// public returns t in the form of the API, without its spans.
func (t *traceEntry) public() Trace {
	m := metadata(t.Metadata)
	return Trace{
		ID:          t.ID,
		Source:      m.text("mutagent.source", t.Source),
		Environment: m.text("deployment.environment.name", t.Environment),
		SessionID:   m.text("session.id", t.SessionID),
		UserID:      m.text("user.id"),
		Tags:        t.Tags,
		Metadata:    plainMap(t.Metadata),
	}
}

// A spanEntry is a span as it is sent. One span may be sent in several entries:
// unfinished, complete, and with only the events that came after its end.
type spanEntry struct {
	SpanID        string         `json:"spanId"`
	ParentID      string         `json:"parentSpanId"`
	Name          string         `json:"name"`
	Kind          string         `json:"kind"`
	Status        string         `json:"status"`
	Start         timestamp      `json:"startTime"`
	End           timestamp      `json:"endTime"`
	Input         payload        `json:"input"`
	Output        payload        `json:"output"`
	Metadata      map[string]any `json:"metadata"`
	StatusMessage string         `json:"statusMessage"`
	Error         string         `json:"error"`
	Attributes    map[string]any `json:"attributes"`
	Events        []event        `json:"events"`
	Model         string         `json:"model"`
	Provider      string         `json:"provider"`
	Tokens        tokens         `json:"tokens"`
	CostUSD       any            `json:"costUsd"`
	TTFT          any            `json:"ttftMs"`
	Latency       any            `json:"latencyMs"`

	said Span // all of that in the form of the API
}

// late reports whether the entry adds nothing but events to a span that is sent in
// another one.
func (s *spanEntry) late() bool { return s.Metadata["mutagent.late"] == true }

// public returns s in the form of the API. It changes the maps of s, so once is enough.
func (s *spanEntry) public(traceID string) Span {
	m := metadata(s.Metadata)
	span := Span{
		TraceID:       traceID,
		SpanID:        s.SpanID,
		ParentID:      s.ParentID,
		Name:          m.text("mutagent.name", s.Name),
		Kind:          mutagent.Kind(m.text("mutagent.kind", s.Kind)),
		Status:        statusOf(s.Status),
		StatusMessage: m.text("mutagent.status_message", s.StatusMessage, s.Error),
		Start:         s.Start.Time,
		End:           s.End.Time,
		Input:         s.Input.IO,
		Output:        s.Output.IO,
		Metrics:       s.metrics(),
		Attributes:    s.attributes(),
		Events:        s.events(),
		Metadata:      plainMap(s.Metadata),
		Truncated:     s.Metadata["mutagent.truncated"] == true,
	}
	if !span.End.IsZero() {
		span.Duration = span.End.Sub(span.Start)
	}
	return span
}

// statusOf returns the status that a text stands for. Neither API limits the texts;
// what is not known says nothing.
func statusOf(text string) mutagent.Status {
	for _, s := range []mutagent.Status{mutagent.StatusOK, mutagent.StatusError} {
		if s.String() == text {
			return s
		}
	}
	return mutagent.StatusUnset
}

func (s *spanEntry) attributes() map[string]any {
	if attrs, ok := s.Metadata["attributes"].(map[string]any); ok {
		return plainMap(attrs)
	}
	return plainMap(s.Attributes)
}

func (s *spanEntry) metrics() mutagent.Metrics {
	m := metadata(s.Metadata)
	return mutagent.Metrics{
		Model:             m.text("gen_ai.request.model", s.Model),
		Provider:          m.text("gen_ai.provider.name", s.Provider),
		InputTokens:       m.count("gen_ai.usage.input_tokens", s.Tokens.Input),
		OutputTokens:      m.count("gen_ai.usage.output_tokens", s.Tokens.Output),
		TotalTokens:       m.count("gen_ai.usage.total_tokens", nil),
		CachedInputTokens: m.count("gen_ai.usage.cache_read.input_tokens", nil),
		CacheWriteTokens:  m.count("gen_ai.usage.cache_creation.input_tokens", nil),
		ReasoningTokens:   m.count("gen_ai.usage.reasoning.output_tokens", nil),
		CostUSD:           m.float("mutagent.cost_usd", s.CostUSD),
		Free:              isZero(m.number("mutagent.cost_usd", s.CostUSD)),
		TimeToFirstToken:  m.seconds("gen_ai.response.time_to_first_chunk", s.TTFT),
		Latency:           duration(m.number("mutagent.latency_ms", s.Latency), time.Millisecond),
		Estimated:         s.Metadata["mutagent.usage"] == "estimated",
	}
}

type tokens struct {
	Input  any `json:"input"`
	Output any `json:"output"`
}
