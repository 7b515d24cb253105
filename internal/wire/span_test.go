package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fastjson"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
)

func TestIOCut(t *testing.T) {
	messages := IO{More: &Structured{Messages: freeze.JSON(`[{"role":"user"}]`)}}
	for name, tt := range map[string]struct {
		give IO
		n    int
		want IO
	}{
		"text":                      {IO{Text: "once upon a time"}, 4, IO{Text: "once"}},
		"text in a character":       {IO{Text: "日本"}, 4, IO{Text: "日"}},
		"to nothing":                {IO{Text: "once"}, 0, IO{}},
		"messages become text":      {messages, 10, IO{Text: `[{"role":"`}},
		"text goes before messages": {IO{Text: "once", More: messages.More}, 10, IO{Text: "once"}},
		"documents become text":     {IO{More: &Structured{Documents: freeze.JSON(`[{}]`)}}, 2, IO{Text: `[{`}},
		"raw becomes text":          {IO{More: &Structured{Raw: freeze.JSON(`"日"`)}}, 3, IO{Text: `"`}},
		"nothing":                   {IO{}, 3, IO{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := tt.give.Cut(tt.n)
			require.Equal(t, tt.want, got)
			require.LessOrEqual(t, got.Size(), tt.n)
		})
	}
}

func TestSource(t *testing.T) {
	var pc [1]uintptr
	runtime.Callers(1, pc[:])
	_, file, line, _ := runtime.Caller(0)
	want := fmt.Sprintf(`{"function":"github.com/mutagent-io/mutagent-go/internal/wire.TestSource","file":%q,"line":%d}`, file, line-1)
	require.Equal(t, want, sourceOf(pc[0]))
	require.Equal(t, want, sourceOf(pc[0]), "the same when it is known already")
	require.Empty(t, sourceOf(0), "no PC, no source")
	require.Empty(t, sourceOf(1), "a PC of nothing, no source")
}

// parse decodes a body of one span. It is stricter than it need be: no byte may
// be anything but JSON and UTF-8.
func parse(t *testing.T, b *Batch, h *Header) (body received) {
	t.Helper()
	raw := bytesOf(b.Body("id", h, Lost{}))
	require.True(t, utf8.Valid(raw), "no UTF-8: %q", raw)
	require.NoError(t, fastjson.ValidateBytes(raw), "no JSON: %q", raw)
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber() // floats would round what is checked
	require.NoError(t, d.Decode(&body), "no JSON: %q", raw)
	require.Len(t, body.Traces, 1)
	require.Len(t, body.Traces[0].Spans, 1)
	return body
}

// received is a body as a server reads it.
type received struct {
	Resource map[string]any
	Traces   []struct {
		TraceID     string
		Environment string
		Spans       []struct {
			SpanID, ParentSpanID              string
			Name, Kind, Status, StatusMessage string
			StartTime, EndTime                time.Time
			DurationMs                        json.Number
			Input, Output                     map[string]any
			Attributes                        map[string]any
			Events                            []struct {
				Name       string
				Timestamp  time.Time
				Level      string
				Severity   int
				Attributes map[string]any
			}
		}
	}
}

// FuzzSpan fills a span with what a program may come up with, and reads it back.
func FuzzSpan(f *testing.F) {
	f.Add("chat", "key", "some text", []byte(`{"a":[1,null]}`), int64(7), 0.5, uint8(2))
	f.Add("\x1b[31m\x00\xff", "\xc3(", "\u2028\"\\", []byte("\"\xff\""), int64(math.MinInt64), math.NaN(), uint8(63))
	f.Add("", "", "", []byte(nil), int64(0), math.Inf(-1), uint8(200))
	f.Fuzz(func(t *testing.T, name, key, text string, raw []byte, n int64, x float64, depth uint8) {
		start := at(int(n % 1e9))
		value := json.RawMessage(raw)
		members := []slog.Attr{
			slog.String("string", text),
			slog.Int64("int", n),
			slog.Uint64("uint", uint64(n)),
			slog.Float64("float", x),
			slog.Bool("bool", n > 0),
			slog.Duration("duration", time.Duration(n)),
			slog.Time("time", start),
			slog.Any("error", errors.New(text)),
			slog.Any("raw", value),
			slog.Group("keyed", slog.String(key, text)),
		}
		nested := slog.GroupAttrs("nested", members...)
		for range depth {
			nested = slog.GroupAttrs("in", nested)
		}
		attrs := frozen(append(members, nested)...)

		var m Messages
		m.Begin(text, name)
		m.Part(Part{Type: key, Content: text, Arguments: value, Response: x})
		m.End(key)
		var d Documents
		d.Add(Document{ID: key, Content: text, Score: x, Metadata: value})

		s := Span{
			TraceID: trace(byte(n)), ID: id(byte(n)), ParentID: id(depth),
			Kind: key, Name: name, Status: StatusError, Message: text, Ended: true,
			Start: start, Duration: time.Duration(n % 1e15),
			Input:      IO{Text: text, More: &Structured{Messages: m.JSON(), Documents: d.JSON()}},
			Output:     IO{More: &Structured{Raw: freeze.Value(value)}},
			Metrics:    Metrics{Model: text, CostUSD: x, InputTokens: n},
			Attributes: attrs,
			Events: Events{{{
				Name: name, Time: start, Level: slog.Level(n), Leveled: true,
				Scope:      &Scope{Parent: &Scope{Attributes: frozen(slog.String(key, text))}, Group: "request"},
				Attributes: attrs,
			}}},
		}
		body := parse(t, batchOf(s), &Header{Source: key, Environment: text, Resource: attrs})

		require.Equal(t, arrived(text), body.Traces[0].Environment)
		checkAttributes(t, body.Resource, text, n, x)
		tr, got := body.Traces[0], body.Traces[0].Spans[0]
		require.Equal(t, fmt.Sprintf("%x", s.TraceID), tr.TraceID)
		require.Equal(t, fmt.Sprintf("%x", s.ID), got.SpanID)
		require.Equal(t, fmt.Sprintf("%x", s.ParentID), got.ParentSpanID)
		require.Equal(t, arrived(name), got.Name)
		require.Equal(t, arrived(key), got.Kind)
		require.Equal(t, "error", got.Status)
		require.Equal(t, arrived(text), got.StatusMessage)
		require.True(t, s.Start.Equal(got.StartTime))
		require.True(t, s.Start.Add(s.Duration).Equal(got.EndTime))
		if text != "" {
			require.Equal(t, arrived(text), got.Input["text"])
		}
		require.Len(t, got.Input["messages"], 1)
		require.Len(t, got.Input["documents"], 1)
		require.Contains(t, got.Output, "raw")
		checkAttributes(t, got.Attributes, text, n, x)

		require.Len(t, got.Events, 1)
		event := got.Events[0]
		require.Equal(t, arrived(name), event.Name)
		require.True(t, s.Start.Equal(event.Timestamp))
		require.Equal(t, slog.Level(n).String(), event.Level)
		require.GreaterOrEqual(t, event.Severity, 1)
		require.LessOrEqual(t, event.Severity, 24)
		if key != "request" {
			require.Equal(t, arrived(text), event.Attributes[arrived(key)])
		}
		checkAttributes(t, event.Attributes["request"].(map[string]any), text, n, x)
	})
}

// checkAttributes compares what arrived with what FuzzSpan gave.
func checkAttributes(t *testing.T, got map[string]any, text string, n int64, x float64) {
	t.Helper()
	number := func(key string) string { return string(got[key].(json.Number)) }
	require.Equal(t, arrived(text), got["string"])
	require.Equal(t, strconv.FormatInt(n, 10), number("int"))
	require.Equal(t, strconv.FormatUint(uint64(n), 10), number("uint"))
	require.Equal(t, strconv.FormatInt(n, 10), number("duration"))
	require.Equal(t, n > 0, got["bool"])
	require.Equal(t, arrived(text), got["error"])
	if isFinite(x) {
		float, err := strconv.ParseFloat(number("float"), 64)
		require.NoError(t, err)
		require.Equal(t, x, float)
	} else {
		require.IsType(t, "", got["float"])
	}
	require.Len(t, got["keyed"], 1)
	for key, value := range got["keyed"].(map[string]any) {
		require.True(t, utf8.ValidString(key))
		require.Equal(t, arrived(text), value)
	}
}

// TestDeepJSON: JSON that a program made may be deep, and encoding/json reads only
// 10,000 levels, so another parser has to tell that the body is JSON.
func TestDeepJSON(t *testing.T) {
	for _, levels := range []int{9_000, 10_000, 50_000} {
		want := strings.Repeat("[", levels) + `"bottom"` + strings.Repeat("]", levels)
		raw := freeze.JSON(want)

		s := with(Span{Input: IO{More: &Structured{Raw: raw}}, Attributes: frozen(slog.Any("deep", raw))})
		body := bytesOf(batchOf(s).Body("id", &Header{}, Lost{}))
		require.NoError(t, fastjson.ValidateBytes(body), "%d levels", levels)
		require.Equal(t, 2, strings.Count(string(body), want))
	}
}

// TestHugeValues: ten megabytes arrive whole.
func TestHugeValues(t *testing.T) {
	text := strings.Repeat("\x1b[31m日\xff\"\n"+strings.Repeat("plain ", 15), 100_000)
	body := parse(t, batchOf(with(Span{Input: IO{Text: text}})), &Header{})
	require.True(t, body.Traces[0].Spans[0].Input["text"] == arrived(text), "the text is not what it was")
}
