package mutotel

import (
	"log/slog"
	"maps"
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// attributes are the attributes of an OpenTelemetry span, by key.
type attributes semconv.Attributes

func read(list []attribute.KeyValue) attributes {
	a := make(attributes, len(list))
	for _, kv := range list {
		a[string(kv.Key)] = plain(kv.Value)
	}
	return a
}

// means returns a as attributes whose meaning can be read.
func (a attributes) means() semconv.Attributes { return semconv.Attributes(a) }

func (a attributes) slog() []slog.Attr {
	list := make([]slog.Attr, 0, len(a))
	for _, key := range slices.Sorted(maps.Keys(a)) {
		list = append(list, slog.Any(key, a[key]))
	}
	return list
}

// kind returns the kind, or [mutagent.KindCustom] if the span has no kind of this SDK.
func (a attributes) kind() mutagent.Kind {
	if kind := a.means().Kind(); kind != "" {
		return mutagent.Kind(kind)
	}
	return mutagent.KindCustom
}

// metrics returns the metrics as OpenTelemetry defines them: input includes cached
// tokens, and output includes reasoning.
func (a attributes) metrics() mutagent.Metrics {
	used := a.means().Usage()
	return mutagent.Metrics{
		Model: a.means().ModelName(), Provider: a.means().Provider(),
		InputTokens: used.InputTokens, OutputTokens: used.OutputTokens, TotalTokens: used.TotalTokens,
		CachedInputTokens: used.CachedTokens, CacheWriteTokens: used.CacheWriteTokens,
		ReasoningTokens: used.ReasoningTokens, CostUSD: used.CostUSD,
	}
}

// uncounted returns a without those that make the span a model call.
func (a attributes) uncounted() attributes {
	rest := maps.Clone(a)
	maps.DeleteFunc(rest, func(key string, _ any) bool { return semconv.Counted(key) })
	return rest
}

// set sets the data that the attributes contain on the span, and sets all other
// attributes unchanged. Input and output are not also set as attributes, because the
// rules for content apply to them.
func (a attributes) set(s *mutagent.Span) {
	if a.means().Kind() != "" {
		s.SetMetrics(a.metrics())
	}
	var rest []slog.Attr
	for _, attr := range a.slog() {
		if !semconv.Payload(attr.Key) {
			rest = append(rest, attr)
		}
	}
	s.SetAttributes(rest...)
}

// setContent sets input and output of the span from attributes and events.
func (a attributes) setContent(s *mutagent.Span, events []semconv.Event) {
	if in := ioOf(a.means().Input(events...)); in != nil {
		s.SetInput(in)
	}
	if out := ioOf(a.means().Output(events...)); out != nil {
		s.SetOutput(out)
	}
}
