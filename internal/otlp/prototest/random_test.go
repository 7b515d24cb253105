package prototest

import (
	"encoding/json"
	"log/slog"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A maker makes random spans of every kind with every field. Most are ordinary, many
// are hostile.
type maker struct{ *rand.Rand }

func newMaker(seed uint64) maker { return maker{rand.New(rand.NewPCG(seed, 0))} }

// one reports true once in n times.
func (r maker) one(n int) bool { return r.IntN(n) == 0 }

func pick[T any](r maker, list ...T) T { return list[r.IntN(len(list))] }

func (r maker) text() string {
	return pick(r,
		"", "", "hello", "Where is my order?", `{"a":1}`, "ünïcödé \U0001F600", "\x00\x1b[31m\x7f", "bad \xff\xfe utf8 \xc3",
		"\ufffd", "quote\" back\\slash \u2028", strings.Repeat("long text ", r.IntN(60)), "\xed\xa0\x80",
		string([]byte{byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}),
	)
}

func (r maker) key() string {
	return pick(r, "", "k", "tool", "gen_ai.request.temperature", "gen_ai.operation.name", "gen_ai.response.id", "error.type",
		"gen_ai.request.model", "session.id", "input.value", "gen_ai.input.messages", "mutagent.truncated", "a.b", "bad\xffkey", strings.Repeat("k", 300), r.text())
}

func (r maker) int() int64 {
	return pick(r, 0, 1, -1, 42, math.MaxInt64, math.MinInt64, r.Int64())
}

func (r maker) float() float64 {
	return pick(r, 0, 1.5, -0.1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, r.Float64())
}

func (r maker) time() time.Time {
	return pick(r, time.Time{}, time.Unix(0, 0), time.Unix(-1, 0), time.Date(2026, 11, 23, 9, 30, 0, r.IntN(1e9), time.UTC),
		time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2262, 4, 12, 0, 0, 0, 0, time.UTC), time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC))
}

func (r maker) json() freeze.JSON {
	if r.one(200) {
		return freeze.Value(pick[any](r, strings.Repeat("x", 20_000), make([]int, 5_000))) // too long to be an array
	}
	return freeze.Value(pick[any](r, nil, true, false, 1, -2.5, 1e300, "text", "bad\xff", []string{"a", "b\x00"}, []int{1, 2}, []any{1, 2.5},
		[]any{"a", 1}, []bool{true}, []any{}, []any{nil}, map[string]any{"a": []any{1, "x"}}, json.RawMessage("123456789012345678901234567890"),
		json.RawMessage(`"\ud800"`), json.RawMessage(`1e400`), json.RawMessage(` [ 1 , 2 ]`), []float64{0.5}, [][]int{{1}}))
}

func (r maker) value(depth int) slog.Value {
	switch n := r.IntN(9); n {
	case 0:
		return slog.Int64Value(r.int())
	case 1:
		return slog.Uint64Value(uint64(r.int()))
	case 2:
		return slog.Float64Value(r.float())
	case 3:
		return slog.BoolValue(r.one(2))
	case 4:
		return slog.DurationValue(time.Duration(r.int()))
	case 5:
		return slog.TimeValue(r.time())
	case 6:
		return slog.AnyValue(r.json())
	case 7:
		if depth < 3 {
			return slog.GroupValue(r.attrs(depth+1, 3)...)
		}
	}
	return slog.StringValue(r.text())
}

func (r maker) attrs(depth, most int) (attrs []slog.Attr) {
	for range r.IntN(most + 1) {
		attrs = append(attrs, slog.Attr{Key: r.key(), Value: r.value(depth)})
	}
	return attrs
}

func (r maker) part() record.Part {
	p := record.Part{Type: pick(r, "text", "reasoning", "tool_call", "tool_call_response", "uri", "blob", "generic"), Content: r.text()}
	if r.one(2) {
		p.ID, p.Name, p.MIMEType, p.URI, p.Size = r.text(), r.text(), pick(r, "", "image/png", "audio/wav", "video", "\xff"), r.text(), r.int()
	}
	if r.one(2) {
		p.Arguments, p.Response = r.json(), r.json()
	}
	return p
}

func (r maker) io() (io record.IO) {
	if r.one(3) {
		return io
	}
	if io.Text = r.text(); r.one(2) {
		return io
	}
	if io.More = new(record.Structured); r.one(2) {
		io.Text = ""
	}
	for range r.IntN(4) {
		m := record.Message{Role: pick(r, "user", "assistant", "tool", r.text()), Name: r.text(), FinishReason: pick(r, "", "stop", r.text())}
		for range r.IntN(3) {
			m.Parts = append(m.Parts, r.part())
		}
		io.More.Messages = append(io.More.Messages, m)
	}
	if r.one(3) {
		for range r.IntN(3) {
			io.More.Documents = append(io.More.Documents, record.Document{ID: r.text(), Content: r.text(), Score: r.float(), Metadata: r.json()})
		}
	}
	if r.one(3) {
		io.Raw = r.json()
	}
	return io
}

func (r maker) events(most int) (list record.Events) {
	for range r.IntN(most + 1) {
		e := record.Event{Name: pick(r, "picked a tool", "exception", r.text()), Time: r.time(), Level: slog.Level(r.IntN(60) - 30), Leveled: r.one(2)}
		for range r.IntN(4) {
			e.Scope = &record.Scope{Parent: e.Scope}
			if r.one(2) {
				e.Scope.Group = pick(r, "G", "H", strings.Repeat("g", 200), r.text())
			} else {
				e.Scope.Attributes = r.attrs(1, 2)
			}
		}
		if r.one(2) {
			e.PC, _, _, _ = runtime.Caller(0)
		}
		list.Add(e, r.attrs(0, 3)...)
	}
	return list
}

func (r maker) span() record.Span {
	s := record.Span{
		Status: record.Status(r.IntN(3)), Ended: !r.one(5), Truncated: r.one(8),
		Kind: pick(r, "llm.chat", "llm.completion", "llm.embedding", "agent", "graph", "workflow", "chain", "node", "edge", "middleware", "tool", "retrieval",
			"rerank", "guardrail", "custom", r.text()),
		Name: r.text(), Start: r.time(), Duration: pick(r, 0, time.Second, time.Duration(r.int())),
		More: &record.Details{Message: r.text(), Input: r.io(), Output: r.io()}, Attributes: unique(r.attrs(0, 5)), Events: r.events(5),
	}
	for i := range s.TraceID {
		s.TraceID[i] = byte(r.IntN(256))
	}
	for i := range s.ID {
		s.ID[i] = byte(1 + r.IntN(255))
	}
	if r.one(2) {
		s.ParentID = record.SpanID{byte(1 + r.IntN(255))}
	}
	if r.one(2) {
		s.EditDetails().Metrics = record.Metrics{Model: r.text(), Provider: r.text(), InputTokens: r.int(), OutputTokens: r.int(), TotalTokens: r.int(), CachedInputTokens: r.int(),
			CacheWriteTokens: r.int(), ReasoningTokens: r.int(), CostUSD: r.float(), TimeToFirstToken: time.Duration(r.int())}
	}
	if r.one(2) {
		s.Trace = &record.Trace{SessionID: r.text(), UserID: r.text(), Tags: pick(r, nil, []string{r.text(), r.text()}), Remote: r.one(2), State: r.text(), Flags: byte(r.IntN(4))}
	}
	if r.one(5) {
		s.Marks |= record.Free
		s.EditDetails().Metrics.CostUSD = 0
	}
	if r.one(10) {
		s.Marks |= record.Late
	}
	if r.one(2) {
		s.Marks |= record.Root
	}
	if r.one(2) {
		s.Marks |= record.Estimated
	}
	return s
}

// unique removes attributes whose key occurred before, as a span does.
func unique(attrs []slog.Attr) (list []slog.Attr) {
	for _, a := range attrs {
		list = freeze.Upsert(list, a)
	}
	return list
}
