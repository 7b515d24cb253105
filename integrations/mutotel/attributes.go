package mutotel

import (
	"log/slog"
	"maps"
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// attributes are those of an OpenTelemetry span, by key.
type attributes semconv.Attributes

func read(list []attribute.KeyValue) attributes {
	a := make(attributes, len(list))
	for _, kv := range list {
		a[string(kv.Key)] = kv.Value.AsInterface()
	}
	return a
}

// means finds what they mean.
func (a attributes) means() semconv.Attributes { return semconv.Attributes(a) }

func (a attributes) slog() []slog.Attr {
	list := make([]slog.Attr, 0, len(a))
	for _, key := range slices.Sorted(maps.Keys(a)) {
		list = append(list, slog.Any(key, a[key]))
	}
	return list
}

// kind is [mutagent.KindCustom] for what is none of ours.
func (a attributes) kind() mutagent.Kind {
	if kind := a.means().Kind(); kind != "" {
		return mutagent.Kind(kind)
	}
	return mutagent.KindCustom
}

// metrics has OpenTelemetry's sense: input includes cached tokens, output includes
// reasoning.
func (a attributes) metrics() mutagent.Metrics {
	used := a.means().Usage()
	return mutagent.Metrics{
		Model: a.means().ModelName(), Provider: a.means().Provider(),
		InputTokens: used.InputTokens, OutputTokens: used.OutputTokens, TotalTokens: used.TotalTokens,
		CachedInputTokens: used.CachedTokens, CacheWriteTokens: used.CacheWriteTokens,
		ReasoningTokens: used.ReasoningTokens, CostUSD: used.CostUSD,
	}
}

// tell gives a span what the attributes mean, and those that mean nothing more than
// they say. An input or output is subject to what is said of those, so it is no
// attribute as well.
func (a attributes) tell(s *mutagent.Span) {
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

// tellContent gives a span its input and output, as far as attributes and events have it.
func (a attributes) tellContent(s *mutagent.Span, events []semconv.Event) {
	if in := ioOf(a.means().Input(events...)); in != nil {
		s.SetInput(in)
	}
	if out := ioOf(a.means().Output(events...)); out != nil {
		s.SetOutput(out)
	}
}
