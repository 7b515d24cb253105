package mutagentapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/mutagentapi"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

var update = flag.Bool("update", false, "rewrite testdata from what the encoder does now")

// TestGolden compares bodies with files. testdata/<case>.json is a request in the
// default form, and testdata/legacy/<case>.json the same spans in the form of the
// Python module. Both are indented for readers. schematest validates the files against
// the schemas.
func TestGolden(t *testing.T) {
	for dir, legacy := range map[string]bool{"testdata": false, "testdata/legacy": true} {
		files, err := filepath.Glob(dir + "/*.json")
		require.NoError(t, err)
		if !*update {
			require.Len(t, files, len(goldens), "each case has its file in %s; -update writes them", dir)
		}
		for name, c := range goldens {
			t.Run(dir+"/"+name, func(t *testing.T) {
				path := filepath.Join(dir, name+".json")
				got := indent(t, c.body(legacy))
				if *update {
					require.NoError(t, os.MkdirAll(dir, 0o755))
					require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
				}
				want, err := os.ReadFile(path)
				require.NoError(t, err)
				require.Equal(t, strings.Split(string(want), "\n"), strings.Split(got, "\n"), "if the change is wanted, run the test with -update, and see to docs/wire.md")
			})
		}
	}
}

func indent(t *testing.T, body []byte) string {
	body = bytes.ReplaceAll(body, []byte(`"telemetry.sdk.version":"`+record.SDKVersion+`"`), []byte(`"telemetry.sdk.version":"0.0.0"`))
	var buf bytes.Buffer
	require.NoError(t, json.Indent(&buf, body, "", "  "), "the body is no JSON: %s", body)
	return buf.String() + "\n"
}

// A golden is the input for one file.
type golden struct {
	opts  mutagentapi.Options
	lost  record.Lost
	strip bool // strip the records before framing
	spans []record.Span
}

type records [][]byte

func (r records) Len() int        { return len(r) }
func (r records) At(i int) []byte { return r[i] }

func (g golden) body(legacy bool) []byte {
	g.opts.Legacy = legacy
	if g.opts.Source == "" {
		g.opts.Source = "sdk"
	}
	d := mutagentapi.New(g.opts)
	var recs records
	for i := range g.spans {
		rec := d.Encode(nil, &g.spans[i])
		if g.strip {
			rec = d.Strip(nil, rec)
		}
		if len(rec) > destination.HeadBytes {
			recs = append(recs, rec)
		}
	}
	r := d.Frame(d.Preamble(), recs, g.lost).Open()
	defer r.Close()
	body, _ := io.ReadAll(r)
	return body
}

var goldens = map[string]golden{
	"minimal": {spans: []record.Span{span(1)}},
	"error": {spans: []record.Span{edit(1, func(s *record.Span) {
		s.Status, s.EditDetails().Message, s.Attributes = record.StatusError, "read orders: EOF", frozen(slog.String("error.type", "*errors.errorString"))
	})}},
	"unfinished": {spans: []record.Span{edit(1, unfinish)}},
	"late":       {spans: []record.Span{edit(1, beLate)}},
	"pieces":     {spans: []record.Span{edit(1, unfinish), span(1), edit(1, beLate)}},
	"interleaved": {opts: mutagentapi.Options{Source: "openai", Environment: "production"}, spans: []record.Span{
		in(2, span(1)), in(1, span(2)), in(2, child(3, 1)), in(3, span(4)), in(1, child(5, 2)),
	}},
	"words": {opts: mutagentapi.Options{Source: "go", Environment: "test"}, spans: []record.Span{
		edit(1, func(s *record.Span) { s.Kind = "evaluator" }),
		edit(2, func(s *record.Span) { s.Kind, s.Name = "", "" }),
		edit(3, func(s *record.Span) { s.Name = strings.Repeat("é", 501) }),
	}},
	"full":     {opts: mutagentapi.Options{Environment: "staging", Resource: frozen(slog.String("service.name", "shop"), slog.Int("cpus", 4))}, spans: []record.Span{full(), child(2, 1)}},
	"stripped": {strip: true, spans: []record.Span{full(), span(2), edit(3, beLate)}},
	"lost":     {lost: record.Lost{Spans: 3, Events: 4, Truncated: 5, Masked: 7, Withheld: 1, Reasons: map[string]int64{"queue_full": 2, "rejected": 1}}, spans: []record.Span{span(1), in(2, span(2))}},
	"documents": {spans: []record.Span{edit(1, func(s *record.Span) {
		s.Kind, s.EditDetails().Input = "retrieval", record.IO{Text: "how do I return shoes?"}
		s.EditDetails().Output.More = &record.Structured{Documents: []record.Document{
			{ID: "kb-1", Content: "In a box.", Score: 0.92, Metadata: freeze.Value(map[string]any{"page": 3})}, {Content: "By post."},
		}}
	})}},
	"raw": {spans: []record.Span{edit(1, func(s *record.Span) {
		s.EditDetails().Input.Raw = freeze.Value(map[string]any{"id": 7, "html": "<b>"})
		s.EditDetails().Output.Text = `{"raw":"a text that looks like more"}`
	})}},
	"hostile": {spans: []record.Span{edit(1, func(s *record.Span) {
		const evil = "\x00\x1b[31m\xff\u2028\"\\</script>"
		s.Name, s.Kind, s.EditDetails().Message, s.Status = evil, evil, evil, record.StatusError
		s.EditDetails().Input.Text, s.Attributes = evil, frozen(slog.String(evil, evil))
		s.Trace = &record.Trace{SessionID: evil, UserID: evil, Tags: []string{evil}}
		s.Start = time.Time{}
	})}},
}

// at returns a time some milliseconds after the common start.
func at(ms int) time.Time {
	return time.Date(2026, 11, 23, 9, 30, 0, 123456789, time.UTC).Add(time.Duration(ms) * time.Millisecond)
}

// span returns a root span that succeeded.
func span(n byte) record.Span {
	return record.Span{
		TraceID: record.TraceID{0: 0x01, 15: 1}, ID: record.SpanID{0: 0xf0, 7: n},
		Kind: "tool", Name: "lookup", Marks: record.Root,
		Status: record.StatusOK, Ended: true,
		Start: at(int(n)), Duration: 812400 * time.Microsecond,
	}
}

func edit(n byte, f func(*record.Span)) record.Span {
	s := span(n)
	f(&s)
	return s
}

func child(n, parent byte) record.Span {
	return edit(n, func(s *record.Span) { s.ParentID, s.Marks = record.SpanID{0: 0xf0, 7: parent}, 0 })
}

func in(trace byte, s record.Span) record.Span {
	s.TraceID[15] = trace
	return s
}

func unfinish(s *record.Span) {
	s.Status, s.Ended, s.Duration = record.StatusUnset, false, 0
}

func beLate(s *record.Span) {
	s.Marks |= record.Late
	s.Events.Add(record.Event{Name: "came late", Time: at(2000)})
}

func frozen(attrs ...slog.Attr) []slog.Attr {
	attrs, _ = freeze.Attrs(nil, attrs)
	return attrs
}

func full() record.Span {
	s := span(1)
	s.Kind, s.Name = "llm.chat", "chat gpt-4o"
	s.Trace = &record.Trace{SessionID: "s-1", UserID: "u-7", Tags: []string{"beta", "vip"}}
	s.EditDetails().Metrics = record.Metrics{
		Model: "gpt-4o", Provider: "openai", InputTokens: 150, OutputTokens: 50, TotalTokens: 200, CachedInputTokens: 100,
		CacheWriteTokens: 1, ReasoningTokens: 20, CostUSD: 0.0012, TimeToFirstToken: 213 * time.Millisecond, Latency: time.Second / 2,
	}
	s.Attributes = frozen(slog.Int("id", 7), slog.Group("http", "status", 200), slog.Any("list", []int{1, 2}))
	s.Events.Add(record.Event{Name: "slow", Time: at(3), Leveled: true, Level: slog.LevelWarn, Scope: &record.Scope{Group: "request"}}, slog.Duration("for", time.Second))
	s.Events.Add(record.Event{Name: "first token", Time: at(4)})
	s.EditDetails().Input.More = &record.Structured{Messages: []record.Message{
		{Role: "system", Parts: []record.Part{{Type: "text", Content: "Be brief."}}},
		{Role: "user", Name: "ada", Parts: []record.Part{{Type: "text", Content: "Where?"}, {Type: "uri", URI: "https://example.com/cat.png", MIMEType: "image/png"}}},
		{Role: "tool", Name: "orders", Parts: []record.Part{{Type: "tool_call_response", ID: "call_1", Response: freeze.Value(map[string]any{"state": "sent"})}}},
	}}
	s.EditDetails().Output.More = &record.Structured{Messages: []record.Message{{
		Role: "assistant", FinishReason: "tool_call",
		Parts: []record.Part{
			{Type: "text", Content: "Let me see."},
			{Type: "tool_call", ID: "call_2", Name: "orders", Arguments: freeze.Value(map[string]any{"id": 7})},
		},
	}}}
	return s
}
