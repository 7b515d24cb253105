package wire

import (
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"runtime"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
)

// goldens are the requests that testdata pins, by the name of their file. Their
// spans are also what the other tests of this package feed to batches.
var goldens = map[string]request{
	"minimal":    {spans: []Span{span(1)}},
	"full":       full,
	"error":      {spans: []Span{failed(span(1))}},
	"unfinished": {spans: []Span{unfinished(span(1))}},
	"addendum":   {spans: []Span{addendum(1, Event{Name: "came late", Time: at(2000)})}},
	"repeated":   {spans: []Span{unfinished(span(1)), span(1), addendum(1, Event{Name: "came late", Time: at(2000)})}},
	"interleaved": {
		header: Header{Source: "openai", Environment: "production"},
		spans:  []Span{in(trace(2), span(1)), in(trace(1), span(2)), in(trace(2), span(3)), in(trace(3), span(4)), in(trace(1), span(5)), in(trace(2), span(6))},
	},
	"session": {spans: []Span{
		common(session, span(1)), span(2), common(session, span(3)), common(&Trace{UserID: "u-8"}, span(4)),
	}},
	"lost": {
		lost:  Lost{Spans: 3, Events: 4, Truncated: 5, Reasons: map[string]int64{"queue_full": 2, "rejected": 1}},
		spans: []Span{span(1)},
	},
	"lost_events": {lost: Lost{Events: 1}, spans: []Span{span(1)}},
	"redacted":    {lost: Lost{Masked: 7, Withheld: 1}, spans: []Span{span(1)}},
	"usage":       {spans: usages},
	"truncated":   {spans: []Span{truncated(full.spans[0]), shortened(span(2))}},
	"stripped":    {strip: true, spans: []Span{full.spans[0], span(2), addendum(1, Event{Name: "came late"}), truncated(full.spans[0]), shortened(span(3))}},
	"events":      {spans: []Span{with(Span{Events: Events{events}})}},
	"scopes":      {spans: []Span{with(Span{Events: Events{scopes}})}},
	"levels":      {spans: []Span{with(Span{Events: Events{levels()}})}},
	"attributes":  {spans: []Span{with(Span{Attributes: attributes})}},
	"numbers":     {spans: numbers},
	"times":       {spans: times},
	"messages":    {spans: []Span{with(Span{Input: conversation(), Output: answer()})}},
	"documents":   {spans: []Span{with(Span{Input: IO{Text: "how do I return shoes?"}, Output: documents()})}},
	"raw":         {spans: raws},
	"hostile":     hostile(),
}

var session = &Trace{SessionID: "s-1", UserID: "u-7", Tags: []string{"beta", "vip"}}

// common is s, which has t in common with other spans.
func common(t *Trace, s Span) Span {
	s.Trace = t
	return s
}

// at is a moment, some milliseconds after all began.
func at(ms int) time.Time {
	return time.Date(2026, 11, 23, 9, 30, 0, 123456789, time.UTC).Add(time.Duration(ms) * time.Millisecond)
}

func trace(n byte) TraceID {
	return TraceID{0x01, 0x9a, 0xaf, 0xce, 0x6c, 0x3b, 0xd1, 0x07, 0x8e, 0x55, 0x20, 0xfa, 0x91, 0x3c, 0x64, n}
}

func id(n byte) SpanID { return SpanID{0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7, n} }

// span is a root that went well.
func span(n byte) Span {
	return Span{
		TraceID: trace(1), ID: id(n),
		Kind: "tool", Name: "lookup",
		Status: StatusOK, Ended: true,
		Start: at(0), Duration: 812400 * time.Microsecond,
	}
}

// with is a span with the payload of p.
func with(p Span) Span {
	s := span(1)
	s.Input, s.Output, s.Attributes, s.Events, s.Metrics = p.Input, p.Output, p.Attributes, p.Events, p.Metrics
	return s
}

func in(trace TraceID, s Span) Span {
	s.TraceID = trace
	return s
}

func failed(s Span) Span {
	s.Status, s.Message = StatusError, "read orders: EOF"
	s.Attributes = frozen(slog.String("error.type", "*errors.errorString"))
	return s
}

func unfinished(s Span) Span {
	s.Status, s.Ended, s.Duration = StatusUnset, false, 0
	return s
}

func addendum(n byte, events ...Event) Span {
	return Span{TraceID: trace(1), ID: id(n), Events: Events{events}}
}

func truncated(s Span) Span {
	s.Strip()
	return s
}

// shortened is s with a text of which the end is missing.
func shortened(s Span) Span {
	s.Input, s.Truncated = IO{Text: "once upon a ti"}, true
	return s
}

// frozen is what the root package makes of attributes.
func frozen(attrs ...slog.Attr) []slog.Attr {
	attrs, _ = freeze.Attrs(nil, attrs)
	return attrs
}

// pick returns the PC of a log statement in a function of this name.
func pick() uintptr {
	var pc [1]uintptr
	runtime.Callers(1, pc[:])
	return pc[0]
}

// usages are model calls of which more and less is known.
var usages = []Span{
	call(Metrics{Model: "gpt-4o", InputTokens: 150}, 0),
	call(Metrics{Model: "gpt-4o", CostUSD: 0.01}, Estimated),
	call(Metrics{Model: "gpt-4o"}, Estimated),
	call(Metrics{}, 0),
	with(Span{Metrics: Metrics{TotalTokens: 1}}),
}

func call(m Metrics, marks Marks) Span {
	s := span(1)
	s.Kind, s.Metrics, s.Marks = "llm.chat", m, marks
	return s
}

var full = request{
	header: Header{
		Source:      "sdk",
		Environment: "production",
		Resource:    frozen(slog.String("service.name", "shop"), slog.String("host.name", "web-3"), slog.Group("k8s", "pod", "shop-7d9f", "cpus", 4)),
	},
	lost: Lost{Spans: 2, Truncated: 5, Reasons: map[string]int64{"queue_full": 2}},
	spans: []Span{{
		TraceID: trace(1), ID: id(2), ParentID: id(1),
		Kind: "llm.chat", Name: "chat gpt-4o",
		Status: StatusOK, Ended: true,
		Start: at(0), Duration: 812400 * time.Microsecond,
		Input:  conversation(),
		Output: answer(),
		Metrics: Metrics{
			Model: "gpt-4o", Provider: "openai",
			InputTokens: 150, OutputTokens: 50, TotalTokens: 200,
			CachedInputTokens: 100, CacheWriteTokens: 10, ReasoningTokens: 20,
			CostUSD: 0.0012, TimeToFirstToken: 213 * time.Millisecond,
		},
		Attributes: frozen(slog.Int("order.id", 7), slog.Any("cart", []string{"shoes", "socks"})),
		Events: Events{{{
			Name: "picked a tool", Time: at(250), PC: pick(),
			Level: slog.LevelInfo, Leveled: true,
			Attributes: frozen(slog.String("tool", "orders")),
		}}},
	}},
}

var events = []Event{
	{Name: "a log record", Time: at(1), PC: pick(), Level: slog.LevelInfo, Leveled: true, Attributes: frozen(slog.Int("n", 1))},
	{Name: "of AddEvent", Time: at(2), Attributes: frozen(slog.Int("n", 2))},
	{Name: "bare", Time: at(3)},
	{Name: "record without a time", Level: slog.LevelWarn, Leveled: true},
	{Name: "record of an unknown place", Time: at(4), PC: 1},
	{Name: ""},
}

// Loggers that have With and WithGroup behind them.
var (
	app     = &Scope{Attributes: frozen(slog.String("app", "shop"))}
	http    = &Scope{Parent: app, Group: "http"}
	method  = &Scope{Parent: http, Attributes: frozen(slog.String("method", "GET"))}
	header  = &Scope{Parent: method, Group: "header"}
	length  = &Scope{Parent: http, Attributes: frozen(slog.Int("length", 7))} // a sibling of method
	outer   = &Scope{Group: "outer"}
	inner   = &Scope{Parent: outer, Group: "inner"}
	nothing = &Scope{Parent: inner, Attributes: frozen(slog.Attr{}, slog.Group("empty"))}
)

var scopes = func() []Event {
	some := frozen(slog.Int("n", 1), slog.Group("g", "a", 2))
	return []Event{
		{Name: "With", Scope: app, Attributes: some},
		{Name: "With, and nothing else", Scope: app},
		{Name: "With, WithGroup", Scope: http, Attributes: some},
		{Name: "With, WithGroup, and nothing in it", Scope: http},
		{Name: "With, WithGroup, With", Scope: method, Attributes: some},
		{Name: "With, WithGroup, With, WithGroup", Scope: header, Attributes: some},
		{Name: "With, WithGroup, With, WithGroup, and nothing in it", Scope: header},
		{Name: "a sibling's attributes are not in it", Scope: length, Attributes: some},
		{Name: "WithGroup twice", Scope: inner, Attributes: some},
		{Name: "WithGroup twice, and nothing in it", Scope: inner},
		{Name: "WithGroup twice, With nothing", Scope: nothing, Attributes: some},
		{Name: "WithGroup twice, With nothing, and nothing in it", Scope: nothing},
		{Name: "With, WithGroup, With nothing, and nothing in it", Scope: &Scope{Parent: http}},
	}
}()

// levels goes past both ends of OpenTelemetry's range, 1 to 24.
func levels() (events []Event) {
	for _, l := range []slog.Level{math.MinInt, -9, -8, -7, slog.LevelDebug, slog.LevelInfo, 1, slog.LevelWarn, slog.LevelError, 14, 15, 16, math.MaxInt} {
		events = append(events, Event{Name: "at this level", Level: l, Leveled: true})
	}
	return events
}

var attributes = frozen(
	slog.String("string", "text"),
	slog.Bool("bool", true),
	slog.Time("time", at(0)),
	slog.Duration("duration in ns", 1500*time.Millisecond),
	slog.Group("group", slog.Int("a", 1), slog.Group("in a group", slog.Int("b", 2)), slog.Group("empty")),
	slog.Any("nil", nil),
	slog.Any("slice", []any{1, "b", nil}),
	slog.Any("map", map[string]any{"z": 1, "a": map[string]any{}}),
	slog.Any("error", errors.New("EOF")),
	slog.Any("raw JSON", json.RawMessage(`{"a": [1, 2]}`)),
	slog.Any("chan", make(chan int)),
	slog.Int("twice", 1),
	slog.Int("twice", 2),
)

var numbers = []Span{
	with(Span{Attributes: frozen(
		slog.Int64("smallest int", math.MinInt64),
		slog.Int64("largest int", math.MaxInt64),
		slog.Uint64("largest uint", math.MaxUint64),
		slog.Float64("zero", 0),
		slog.Float64("minus zero", math.Copysign(0, -1)),
		slog.Float64("third", 1.0/3),
		slog.Float64("largest float", math.MaxFloat64),
		slog.Float64("smallest float", math.SmallestNonzeroFloat64),
		slog.Float64("one million", 1e6),
		slog.Float64("one sextillion", 1e21),
		slog.Float64("NaN", math.NaN()),
		slog.Float64("+Inf", math.Inf(1)),
		slog.Float64("-Inf", math.Inf(-1)),
	)}),
	with(Span{Metrics: Metrics{InputTokens: math.MaxInt64, CostUSD: 1e-7}}),
	with(Span{Metrics: Metrics{OutputTokens: -1, TimeToFirstToken: time.Nanosecond}}),
	with(Span{Metrics: Metrics{CostUSD: math.NaN()}}),
}

var times = func() (spans []Span) {
	add := func(start time.Time, d time.Duration) {
		s := span(1)
		s.Start, s.Duration = start, d
		spans = append(spans, s)
	}
	newYork := time.FixedZone("New York", -5*60*60)
	add(at(0), 0)
	add(at(0), 1)
	add(at(0), -1)
	add(at(0), 999_999)
	add(at(0), 1_000_000)
	add(at(0), time.Hour)
	add(at(0), math.MaxInt64)
	add(at(0), math.MinInt64)
	add(time.Date(2026, 11, 23, 4, 30, 0, 0, newYork), time.Second)
	add(time.Date(2026, 11, 23, 9, 30, 0, 120_000_000, time.UTC), 0)
	add(time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC), 1)
	add(time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), 0)
	return append(spans, with(Span{Attributes: frozen(
		slog.Time("zero", time.Time{}),
		slog.Time("year 0", time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)),
		slog.Time("before year 0", time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)),
		slog.Time("after year 9999", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
		slog.Time("after them", at(0)),
	)}))
}()

func conversation() IO {
	var m Messages
	m.Begin("system", "")
	m.Part(Part{Type: "text", Content: "You help customers."})
	m.End("")
	m.Begin("user", "Ada")
	m.Part(Part{Content: "Where is my order?"})
	m.Part(Part{URI: "https://example.com/receipt.png", MIMEType: "image/png"})
	m.Part(Part{Type: "blob", MIMEType: "image/png", Size: 48213})
	m.End("")
	m.Begin("assistant", "")
	m.Part(Part{Type: "reasoning", Content: "I should look it up."})
	m.Part(Part{ID: "call_1", Name: "orders", Arguments: map[string]any{"id": 7}})
	m.Part(Part{ID: "call_2", Name: "refunds"})
	m.End("tool_call")
	m.Begin("tool", "")
	m.Part(Part{ID: "call_1", Response: []string{"shipped"}})
	m.Part(Part{ID: "call_2", Response: json.RawMessage(`{"none":true}`)})
	m.End("")
	m.Begin("user", "")
	m.End("")
	return IO{More: &Structured{Messages: m.JSON()}}
}

func answer() IO {
	var m Messages
	m.Begin("assistant", "")
	m.Part(Part{Type: "text", Content: "It was shipped."})
	m.End("stop")
	return IO{Text: "It was shipped.", More: &Structured{Messages: m.JSON()}}
}

func documents() IO {
	var d Documents
	d.Add(Document{ID: "faq-12", Content: "Returns are free.", Score: 0.91, Metadata: map[string]any{"lang": "en"}})
	d.Add(Document{Content: "Shoes come in boxes.", Score: -1.5})
	d.Add(Document{})
	return IO{More: &Structured{Documents: d.JSON()}}
}

var raws = func() (spans []Span) {
	var none Messages
	var noDocuments Documents
	for _, v := range []any{nil, true, 0, "", []any{}, map[string]any{"id": 7}, errors.New("EOF"), math.Inf(1)} {
		spans = append(spans, with(Span{Input: IO{More: &Structured{Raw: freeze.Value(v)}}}))
	}
	return append(spans,
		with(Span{Input: IO{More: &Structured{Messages: none.JSON(), Documents: noDocuments.JSON()}}}),
		with(Span{Output: IO{Text: "all", More: &Structured{Messages: none.JSON(), Documents: noDocuments.JSON(), Raw: freeze.JSON(`{}`)}}}),
	)
}()

// hostile has every string that a program can give, and every key, hold what
// breaks encoders: a terminal's colours, NUL, all that must be escaped, bytes
// that are no UTF-8, and what HTML and JavaScript stumble over.
func hostile() request {
	const nasty = "\x1b[31mred\x1b[0m \x00 \" \\ \b\f\n\r\t \x7f \xff \xc3( \xed\xa0\x80 \u2028 </script> é 日本 🙂 \U000e0041"
	var m Messages
	m.Begin(nasty, nasty)
	m.Part(Part{Type: nasty, Content: nasty, ID: nasty, Name: nasty, Arguments: map[string]any{nasty: nasty}, Response: nasty, MIMEType: nasty, URI: nasty})
	m.End(nasty)
	var d Documents
	d.Add(Document{ID: nasty, Content: nasty, Metadata: errors.New(nasty)})
	io := IO{Text: nasty, More: &Structured{Messages: m.JSON(), Documents: d.JSON(), Raw: freeze.Value(json.RawMessage("\"\x7f \xff \xed\xa0\x80\""))}}
	s := with(Span{
		Input: io, Output: io,
		Metrics:    Metrics{Model: nasty, Provider: nasty},
		Attributes: frozen(slog.String(nasty, nasty), slog.Group(nasty, nasty, errors.New(nasty)), slog.Any(nasty, []string{nasty})),
		Events: Events{{{
			Name: nasty, Time: at(1), Level: slog.LevelError, Leveled: true,
			Scope:      &Scope{Parent: &Scope{Attributes: frozen(slog.String(nasty, nasty))}, Group: nasty},
			Attributes: frozen(slog.String(nasty, nasty)),
		}}},
	})
	s.Name, s.Kind, s.Status, s.Message = nasty, nasty, StatusError, nasty
	return request{
		header: Header{Source: nasty, Environment: nasty, Resource: frozen(slog.String(nasty, nasty))},
		lost:   Lost{Spans: 1, Reasons: map[string]int64{nasty: 1}},
		spans:  []Span{s},
	}
}
