package schematest

import (
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A maker makes spans of all sorts, including hostile ones.
type maker struct{ *rand.Rand }

func (m maker) chance(percent int) bool { return m.IntN(100) < percent }

func pick[T any](m maker, list ...T) T { return list[m.IntN(len(list))] }

func (m maker) text() string {
	if m.chance(80) {
		return pick(m, "", "ok", "Where is my order?", "chat gpt-4o", "déjà vu", "日本語", "😀", "a\nb\t\"c\"\\")
	}
	return pick(m,
		"\x00\x01\x1f\x7f", "\xff\xfe", "half \xc3", "\xed\xa0\x80", "\u2028\u2029\ufeff", "</script>", `{"raw":1}`, `{"messages":[]}`, "null",
		`","kind":"custom`, "\r\n\r\n", strings.Repeat("x", 128), strings.Repeat("é", 255), strings.Repeat("é", 256), strings.Repeat("😀", 500),
		strings.Repeat("\xff", 501), strings.Repeat("日", 512), strings.Repeat("x", 1024), strings.Repeat("long ", 400),
	)
}

func (m maker) span() *record.Span {
	s := &record.Span{
		Status:    pick(m, record.StatusUnset, record.StatusOK, record.StatusError),
		Marks:     pick[record.Marks](m, 0, record.Root, record.Estimated, record.Root|record.Estimated),
		Ended:     m.chance(90),
		Truncated: m.chance(10),
		Trace:     m.trace(),
		Kind:      m.kind(),
		Name:      m.text(),
		Start:     m.time(),
		Duration:  pick[time.Duration](m, 0, 1, time.Millisecond, time.Hour, -time.Second, math.MaxInt64, math.MinInt64),
		More:      &record.Details{Input: m.io(), Output: m.io()},
	}
	binary.BigEndian.PutUint64(s.TraceID[8:], m.Uint64()|1)
	s.ID = m.spanID()
	if m.chance(60) {
		s.ParentID = m.spanID()
	}
	if m.chance(40) {
		s.EditDetails().Message = m.text()
	}
	if m.chance(50) {
		s.EditDetails().Metrics = m.metrics()
	}
	if m.chance(10) {
		s.Marks |= record.Free
		s.EditDetails().Metrics.CostUSD = 0
	}
	if m.chance(70) {
		s.Attributes = m.attributes("")
	}
	for range m.IntN(4) * m.IntN(4) {
		s.Events.Add(m.event(), m.attributes("")...)
	}
	if m.chance(5) { // a late entry: its span was sent before
		s.Marks |= record.Late
		s.EditDetails().Input, s.EditDetails().Output, s.Attributes = record.IO{}, record.IO{}, nil
	}
	return s
}

func (m maker) spanID() (id record.SpanID) {
	binary.BigEndian.PutUint64(id[:], m.Uint64()|1)
	return id
}

func (m maker) kind() string {
	if m.chance(70) {
		return pick(m, "llm.chat", "llm.embedding", "agent", "tool", "rerank", "edge", "custom")
	}
	return pick(m, "", "evaluator", "LLM.Chat", m.text())
}

func (m maker) time() time.Time {
	if m.chance(90) {
		return time.Unix(1_800_000_000+m.Int64N(1e6), m.Int64N(1e9)).In(time.FixedZone("", m.IntN(24)*3600-12*3600))
	}
	return pick(m, time.Time{}, time.Unix(0, 0), time.Unix(math.MaxInt64>>1, 0), time.Unix(-1<<60, 0), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))
}

func (m maker) trace() *record.Trace {
	if m.chance(40) {
		return nil
	}
	t := &record.Trace{SessionID: m.text(), UserID: m.text()}
	for range m.IntN(3) {
		t.Tags = append(t.Tags, m.text())
	}
	return t
}

func (m maker) metrics() record.Metrics {
	count := func() int64 { return pick[int64](m, 0, 0, 1, 150, math.MaxInt64, -1) }
	return record.Metrics{
		Model: m.text(), Provider: m.text(),
		InputTokens: count(), OutputTokens: count(), TotalTokens: count(),
		CachedInputTokens: count(), CacheWriteTokens: count(), ReasoningTokens: count(),
		CostUSD:          pick[float64](m, 0, 0.0012, 1e-12, 1e300, -0.5, math.NaN(), math.Inf(1), math.Inf(-1)),
		TimeToFirstToken: pick[time.Duration](m, 0, time.Millisecond, -time.Second, math.MaxInt64),
		Latency:          pick[time.Duration](m, 0, time.Second, -time.Second, math.MaxInt64),
	}
}

// attributes returns attributes with distinct keys, as a span has them.
func (m maker) attributes(prefix string) (attrs []slog.Attr) {
	for i := range m.IntN(4) {
		attrs = append(attrs, slog.Attr{Key: prefix + strconv.Itoa(i) + m.text(), Value: m.value(prefix)})
	}
	frozen, _ := freeze.Attrs(nil, attrs)
	return frozen
}

func (m maker) value(prefix string) slog.Value {
	switch m.IntN(10) {
	case 0:
		return slog.Int64Value(pick[int64](m, 0, 7, math.MaxInt64, math.MinInt64))
	case 1:
		return slog.Uint64Value(math.MaxUint64)
	case 2:
		return slog.Float64Value(pick(m, 0.5, math.NaN(), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64))
	case 3:
		return slog.BoolValue(m.chance(50))
	case 4:
		return slog.DurationValue(time.Duration(m.Int64()))
	case 5:
		return slog.TimeValue(m.time())
	case 6:
		return slog.AnyValue(m.any())
	case 7:
		return slog.GroupValue(slog.Attr{Key: prefix + "inner" + m.text(), Value: slog.StringValue(m.text())}, slog.Int("n", 1))
	}
	return slog.StringValue(m.text())
}

func (m maker) any() any {
	return pick[any](m, nil, []int{1, 2}, map[string]any{m.text(): m.text()}, struct{ A, b string }{"x", "y"}, make(chan int), math.NaN(), []any{nil, "x"})
}

func (m maker) json() freeze.JSON {
	if m.chance(30) {
		return ""
	}
	return freeze.Value(m.any())
}

func (m maker) event() record.Event {
	e := record.Event{Name: m.text(), Time: m.time()}
	if m.chance(60) {
		e.Leveled, e.Level = true, pick(m, slog.LevelInfo, slog.LevelError+1, slog.Level(math.MaxInt), slog.Level(math.MinInt), -8)
	}
	if m.chance(50) {
		e.PC, _, _, _ = runtime.Caller(0)
	}
	if m.chance(40) {
		e.Scope = &record.Scope{Attributes: m.attributes("with")}
	}
	if m.chance(40) {
		e.Scope = &record.Scope{Parent: e.Scope, Group: "group" + m.text()}
	}
	if m.chance(20) {
		e.Scope = &record.Scope{Parent: e.Scope, Attributes: m.attributes("inner")}
	}
	return e
}

func (m maker) io() record.IO {
	switch m.IntN(6) {
	case 0:
		return record.IO{}
	case 1:
		return record.IO{More: &record.Structured{Messages: m.messages()}}
	case 2:
		return record.IO{More: &record.Structured{Documents: m.documents()}}
	case 3:
		return record.IO{Raw: freeze.Value(m.any())}
	case 4:
		return record.IO{Text: m.text(), Raw: m.json(), More: &record.Structured{Messages: m.messages(), Documents: m.documents()}}
	}
	return record.IO{Text: m.text()}
}

func (m maker) documents() []record.Document {
	list := []record.Document{}
	for range m.IntN(3) {
		list = append(list, record.Document{ID: m.text(), Content: m.text(), Score: pick[float64](m, 0, 0.92, -1, math.NaN(), math.Inf(1)), Metadata: m.json()})
	}
	return list
}

func (m maker) messages() []record.Message {
	list := []record.Message{}
	for range m.IntN(4) {
		msg := record.Message{Role: pick(m, "user", "assistant", "tool", m.text()), Name: m.text(), FinishReason: pick(m, "", "stop", m.text())}
		for range m.IntN(3) {
			msg.Parts = append(msg.Parts, m.part())
		}
		list = append(list, msg)
	}
	return list
}

func (m maker) part() record.Part {
	switch m.IntN(5) {
	case 0:
		return record.Part{Type: "tool_call", ID: m.callID(), Name: m.text(), Arguments: m.json()}
	case 1:
		return record.Part{Type: "tool_call_response", ID: m.callID(), Response: m.json()}
	case 2:
		return record.Part{Type: pick(m, "reasoning", "uri", "blob", "x"+m.text()), Content: m.text(), MIMEType: m.text(), URI: m.text(), Size: pick[int64](m, 0, 7)}
	case 3: // a combination that no integration makes
		return record.Part{Type: pick(m, "text", "tool_call", "tool_call_response"), Content: m.text(), ID: m.callID(), Name: m.text(),
			Arguments: m.json(), Response: m.json(), URI: m.text(), Size: -1}
	}
	return record.Part{Type: "text", Content: m.text()}
}

func (m maker) callID() string { return pick(m, "", "call_1", "call_2", m.text()) }

// resource returns the attributes of a process.
func (m maker) resource() []slog.Attr {
	attrs := m.attributes("resource.")
	return append(attrs, slog.String("service.name", m.text()))
}

// numbers decodes JSON without converting its numbers.
func numbers(text []byte) (v any, err error) {
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}
