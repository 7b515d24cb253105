package mutest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/mutagent-io/mutagent-go"
)

// A batch is the body of one request.
type batch struct {
	ID     string `json:"batchId"`
	Traces []struct {
		ID          string   `json:"traceId"`
		Source      string   `json:"source"`
		Environment string   `json:"environment"`
		SessionID   string   `json:"sessionId"`
		UserID      string   `json:"userId"`
		Tags        []string `json:"tags"`
		Spans       []span   `json:"spans"`
	} `json:"traces"`
}

// A span without a start is an addendum: late events of a span that came, or
// will come, in another entry.
type span struct {
	SpanID        string         `json:"spanId"`
	ParentID      string         `json:"parentSpanId"`
	Name          string         `json:"name"`
	Kind          mutagent.Kind  `json:"kind"`
	Status        string         `json:"status"`
	StatusMessage string         `json:"statusMessage"`
	Start         time.Time      `json:"startTime"`
	End           time.Time      `json:"endTime"`
	Duration      millis         `json:"durationMs"`
	Input         payload        `json:"input"`
	Output        payload        `json:"output"`
	Metrics       metrics        `json:"metrics"`
	Attributes    map[string]any `json:"attributes"`
	Events        []event        `json:"events"`
	Truncated     bool           `json:"truncated"`
}

type payload struct {
	Text      string     `json:"text"`
	Messages  []message  `json:"messages"`
	Documents []document `json:"documents"`
	Raw       any        `json:"raw"`
}

type message struct {
	Role         string `json:"role"`
	Name         string `json:"name"`
	Parts        []part `json:"parts"`
	FinishReason string `json:"finish_reason"`
}

// A part has the fields of a mutagent.Part, to be converted into one.
type part struct {
	Type      string `json:"type"`
	Content   string `json:"content"`
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments any    `json:"arguments"`
	Response  any    `json:"response"`
	MIMEType  string `json:"mime_type"`
	URI       string `json:"uri"`
	Size      int64  `json:"size"`
}

// A document has the fields of a mutagent.Document, to be converted into one.
type document struct {
	ID       string  `json:"id"`
	Content  string  `json:"content"`
	Score    float64 `json:"score"`
	Metadata any     `json:"metadata"`
}

type metrics struct {
	Model             string  `json:"model"`
	Provider          string  `json:"provider"`
	InputTokens       int64   `json:"inputTokens"`
	OutputTokens      int64   `json:"outputTokens"`
	TotalTokens       int64   `json:"totalTokens"`
	CachedInputTokens int64   `json:"cachedInputTokens"`
	CacheWriteTokens  int64   `json:"cacheWriteTokens"`
	ReasoningTokens   int64   `json:"reasoningTokens"`
	CostUSD           float64 `json:"costUsd"`
	TimeToFirstToken  millis  `json:"timeToFirstTokenMs"`
	Usage             string  `json:"usage"`
}

type event struct {
	Name       string         `json:"name"`
	Time       time.Time      `json:"timestamp"`
	Level      string         `json:"level"`
	Attributes map[string]any `json:"attributes"`
	Source     *slog.Source   `json:"source"`
}

// readBatch reads a body and checks what the merging relies on.
func readBatch(body io.Reader) (*batch, error) {
	dec := json.NewDecoder(body)
	dec.UseNumber() // a float64 would spoil large ids
	b := new(batch)
	if err := dec.Decode(b); err != nil {
		return nil, fmt.Errorf("the body is no batch: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("the body goes on after the batch")
	}
	for i, t := range b.Traces {
		if t.ID == "" {
			return nil, fmt.Errorf("traces[%d]: traceId is missing", i)
		}
		if len(t.Spans) == 0 {
			return nil, fmt.Errorf("traces[%d]: spans are missing", i)
		}
		for j := range t.Spans {
			if err := t.Spans[j].check(); err != nil {
				return nil, fmt.Errorf("traces[%d].spans[%d]: %w", i, j, err)
			}
		}
	}
	return b, nil
}

func (s *span) check() error {
	if s.SpanID == "" {
		return errors.New("spanId is missing")
	}
	if s.addendum() {
		return nil
	}
	_, err := statusOf(s.Status)
	return err
}

func (s *span) addendum() bool { return s.Start.IsZero() }

func statusOf(text string) (mutagent.Status, error) {
	for _, s := range []mutagent.Status{mutagent.StatusUnset, mutagent.StatusOK, mutagent.StatusError} {
		if s.String() == text {
			return s, nil
		}
	}
	return 0, fmt.Errorf("status is %q", text)
}

// public returns s in the form of the API.
func (s *span) public(traceID string) Span {
	status, _ := statusOf(s.Status) // checked by readBatch
	return Span{
		TraceID:       traceID,
		SpanID:        s.SpanID,
		ParentID:      s.ParentID,
		Name:          s.Name,
		Kind:          s.Kind,
		Status:        status,
		StatusMessage: s.StatusMessage,
		Start:         s.Start,
		End:           s.End,
		Duration:      s.Duration.duration(),
		Input:         s.Input.public(),
		Output:        s.Output.public(),
		Metrics:       s.Metrics.public(),
		Attributes:    plainMap(s.Attributes),
		Events:        publicEvents(s.Events),
		Truncated:     s.Truncated,
	}
}

func (p *payload) public() mutagent.IO {
	io := mutagent.IO{Text: p.Text, Raw: plain(p.Raw)}
	for _, m := range p.Messages {
		io.Messages = append(io.Messages, m.public())
	}
	for _, d := range p.Documents {
		d.Metadata = plain(d.Metadata)
		io.Documents = append(io.Documents, mutagent.Document(d))
	}
	return io
}

func (m *message) public() mutagent.Message {
	pub := mutagent.Message{Role: m.Role, Name: m.Name, FinishReason: m.FinishReason}
	for i, p := range m.Parts {
		if i == 0 && p.Type == "text" {
			pub.Content = p.Content
			continue
		}
		p.Arguments, p.Response = plain(p.Arguments), plain(p.Response)
		pub.Parts = append(pub.Parts, mutagent.Part(p))
	}
	return pub
}

func (m *metrics) public() mutagent.Metrics {
	return mutagent.Metrics{
		Model:             m.Model,
		Provider:          m.Provider,
		InputTokens:       m.InputTokens,
		OutputTokens:      m.OutputTokens,
		TotalTokens:       m.TotalTokens,
		CachedInputTokens: m.CachedInputTokens,
		CacheWriteTokens:  m.CacheWriteTokens,
		ReasoningTokens:   m.ReasoningTokens,
		CostUSD:           m.CostUSD,
		TimeToFirstToken:  m.TimeToFirstToken.duration(),
		Estimated:         m.Usage == "estimated",
	}
}

func publicEvents(events []event) []Event {
	var pub []Event
	for _, e := range events {
		e.Attributes = plainMap(e.Attributes)
		pub = append(pub, Event(e))
	}
	return pub
}
