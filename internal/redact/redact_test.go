package redact

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/mutagentapi"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

const secret = "hunter2"

// mask masks the secret wherever it is.
func mask(_, text string) (string, int) {
	return strings.ReplaceAll(text, secret, "[x]"), strings.Count(text, secret)
}

// everywhere returns a span that has the secret in each of its texts.
func everywhere() *record.Span {
	s := &record.Span{
		TraceID: record.TraceID{1}, ID: record.SpanID{2}, Start: time.Unix(0, 0), Ended: true,
		Kind: "kind " + secret, Name: "name " + secret,
		More: &record.Details{
			Message: "message " + secret,
			Metrics: record.Metrics{Model: "model " + secret, Provider: "provider " + secret, InputTokens: 7},
			Input:   record.IO{Text: "text " + secret},
			Output: record.IO{More: &record.Structured{
				Messages: []record.Message{{Role: "user", Parts: []record.Part{
					{Type: "text", Content: "a hunter2"},
					{Type: "tool_call", ID: secret, Name: secret, Arguments: freeze.JSON(`{"k":"\u0068unter2"}`), Response: freeze.JSON(`"hunter2"`), URI: secret},
				}, FinishReason: secret}},
				Documents: []record.Document{{ID: secret, Content: secret, Metadata: freeze.JSON(`["hunter2"]`)}},
			}, Raw: freeze.JSON(`{"hunter2":["hunter2",{"a":"\"hunter2\""}],"n":123456789012}`)},
		},
		Trace: &record.Trace{SessionID: secret, UserID: secret, Tags: []string{"a", secret}},
	}
	s.Attributes, _ = freeze.Attrs(nil, []slog.Attr{
		slog.String(secret, secret), slog.Group("g", slog.String("k", secret)), slog.Any("any", map[string]string{"k": secret}), slog.Int("n", 7),
	})
	outer := &record.Scope{Group: "group " + secret}
	s.Events.Add(record.Event{Name: secret, Time: time.Unix(1, 0), Scope: &record.Scope{Parent: outer, Attributes: []slog.Attr{slog.String("k", secret)}}},
		slog.String("k", secret))
	return s
}

// one is a single record as destination.Records.
type one []byte

func (one) Len() int        { return 1 }
func (r one) At(int) []byte { return r }

// encoded returns what would be sent for s.
func encoded(t *testing.T, s *record.Span) string {
	t.Helper()
	api := mutagentapi.New(mutagentapi.Options{Source: "sdk"})
	body := api.Frame(api.Preamble(), one(api.Encode(nil, s)), record.Lost{}).Open()
	defer body.Close()
	text, err := io.ReadAll(body)
	require.NoError(t, err)
	require.True(t, json.Valid(text), "%s", text)
	return string(text)
}

func TestEverywhere(t *testing.T) {
	s := everywhere()
	before := encoded(t, s)
	clean, report := New(false, []Func{mask}).Span(s)
	after := encoded(t, clean)
	assert.NotContains(t, after, secret)
	assert.NotContains(t, after, "u0068unter2", "an escape hid it")
	assert.Equal(t, before, encoded(t, s), "the program may still write the span")
	want := strings.Count(strings.ReplaceAll(before, "\\u0068", "h"), secret)
	assert.Equal(t, 30, report.Masked, "each place of the span once, however often it is sent")
	assert.Equal(t, want, strings.Count(after, "[x]"))
	assert.Equal(t, int64(7), clean.Details().Metrics.InputTokens)
}

// TestShared checks that values without a secret are not copied, and keep their
// identity.
func TestShared(t *testing.T) {
	r := New(false, []Func{func(_, text string) (string, int) { return text, 0 }})
	s := everywhere()
	clean, report := r.Span(s)
	assert.Zero(t, report)
	assert.Same(t, s.Trace, clean.Trace)
	assert.Same(t, &s.Events[0][0], &clean.Events[0][0])
	assert.Same(t, &s.Attributes[0], &clean.Attributes[0])
	assert.Same(t, &s.Details().Output.More.Documents[0], &clean.Details().Output.More.Documents[0])
}

func TestSpansOfATraceStayTogether(t *testing.T) {
	r := New(false, []Func{mask})
	s := everywhere()
	one, _ := r.Span(s)
	two, _ := r.Span(s)
	assert.NotSame(t, s.Trace, one.Trace)
	assert.Same(t, one.Trace, two.Trace)
	for range 2 * manyTraces {
		r.Span(everywhere())
	}
	assert.LessOrEqual(t, len(r.traces), manyTraces, "it remembers without bound")
}

// TestPanic makes the function panic at each text in turn.
func TestPanic(t *testing.T) {
	for n := range 100 {
		r := New(false, []Func{func(_, text string) (string, int) {
			if n--; n < 0 {
				panic("cannot read this")
			}
			return text, 0
		}})
		clean, report := r.Span(everywhere())
		if n >= 0 {
			return // the function was not called that often
		}
		assert.True(t, report.Withheld)
		assert.NotContains(t, encoded(t, clean), secret)
		assert.Equal(t, int64(7), clean.Details().Metrics.InputTokens)
		assert.Equal(t, record.SpanID{2}, clean.ID)
	}
	t.Fatal("no end")
}

func TestPanicElsewhere(t *testing.T) {
	r := New(false, []Func{func(string, string) (string, int) { panic("no") }})
	assert.Empty(t, r.Attrs([]slog.Attr{slog.String("k", secret)}))
	assert.NotContains(t, encoded(t, r.Outline(everywhere())), secret)
}

func TestMetadataOnly(t *testing.T) {
	s := everywhere()
	s.Attributes = append(s.Attributes, slog.String("error.type", "*fs.PathError"), slog.Group("sizes", slog.Int("n", 1), slog.String("k", "v")))
	s.Events.Add(record.Event{Name: "a log line", PC: 1, Level: slog.LevelWarn, Leveled: true})
	for name, r := range map[string]*Redactor{"option": New(true, nil), "context": nil} {
		c := *s
		if r == nil {
			c.Trace = &record.Trace{MetadataOnly: true}
		}
		clean, _ := r.Span(&c)
		assert.Empty(t, clean.Details().Input, name)
		assert.Empty(t, clean.Details().Output, name)
		assert.Empty(t, clean.Details().Message, name)
		assert.Equal(t, s.Name, clean.Name, name)
		assert.Equal(t, s.Details().Metrics, clean.Details().Metrics, name)
		assert.Equal(t, []slog.Attr{slog.Int("n", 7), slog.String("error.type", "*fs.PathError"), slog.Group("sizes", slog.Int("n", 1))}, clean.Attributes, name)
		assert.Equal(t, record.Events{{
			{Name: "event", Time: time.Unix(1, 0)},
			{Name: "WARN", PC: 1, Level: slog.LevelWarn, Leveled: true},
		}}, clean.Events, name)
	}
	_, report := (*Redactor)(nil).Span(s)
	assert.Zero(t, report)
}
