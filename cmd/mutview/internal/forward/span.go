package forward

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/genai"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// record creates a span of c from a stored span that has ended, and returns its
// approximate size in bytes.
func record(c *mutagent.Client, s *trace.Span, verbatim bool) (size int) {
	f := s.Facts
	ctx := owner(s)
	attrs, size := attributes(s, verbatim)
	ctx, span := c.StartSpan(ctx, mutagent.SpanOptions{
		Kind: mutagent.Kind(f.Kind), Name: s.Name, Start: s.Start.UTC(),
		TraceID: s.TraceID, SpanID: s.SpanID, ParentSpanID: s.ParentID, Attributes: attrs,
	})
	if in := genai.Input(s); !in.Empty() {
		span.SetInput(ioOf(in))
	}
	if out := genai.Output(s); !out.Empty() {
		span.SetOutput(ioOf(out))
	}
	span.SetMetrics(mutagent.Metrics{
		Model: f.Model, Provider: f.Provider, InputTokens: f.InputTokens, OutputTokens: f.OutputTokens,
		CachedInputTokens: f.CachedTokens, ReasoningTokens: f.ReasoningTokens, CostUSD: f.CostUSD,
	})
	span.End(mutagent.EndOptions{Time: s.End.UTC(), Status: mutagent.Status(s.Status), StatusMessage: s.Message, Events: events(ctx, s)})
	return size
}

// owner returns a context with the session, user and tags of a span.
func owner(s *trace.Span) context.Context {
	ctx, f := context.Background(), s.Facts
	if f.Session != "" {
		ctx = mutagent.WithSession(ctx, f.Session)
	}
	if f.User != "" {
		ctx = mutagent.WithUser(ctx, f.User)
	}
	if len(f.Tags) > 0 {
		ctx = mutagent.WithTags(ctx, f.Tags...)
	}
	return ctx
}

// kinds has the OpenTelemetry span kinds for which this SDK has no kind.
var kinds = map[int]string{2: "server", 3: "client", 4: "producer", 5: "consumer"}

// scopes has the scope names that spans of this SDK have anyway.
var scopes = map[string]bool{"": true, "sdk": true, "github.com/mutagent-io/mutagent-go": true}

// attributes returns the attributes of a span, including data for which this SDK has no
// field, under OpenTelemetry's names for other formats. MutagenT gets input and output
// in their own fields only; an OTLP backend gets every attribute as it was sent.
func attributes(s *trace.Span, verbatim bool) (list []slog.Attr, size int) {
	for _, key := range slices.Sorted(maps.Keys(s.Attributes)) {
		v := s.Attributes[key]
		size += sizeOf(v)
		if key == "mutagent.span.kind" || key == "mutagent.kind" || !verbatim && genai.IsPayload(key) {
			continue
		}
		list = append(list, slog.Any(key, v))
	}
	if kind := kinds[s.OTelKind]; kind != "" {
		list = append(list, slog.String("span.kind", kind))
	}
	if !scopes[s.Scope] {
		list = append(list, slog.String("otel.scope.name", s.Scope), slog.String("otel.scope.version", s.ScopeVersion))
	}
	return list, size + 1000
}

func sizeOf(v any) int {
	text, _ := v.(string)
	return len(text) + 20
}

// logged converts records of any level to events.
var logged = mutagent.NewHandler(slog.DiscardHandler, &mutagent.HandlerOptions{Level: slog.Level(-1 << 30)})

// events logs the events that have a level in ctx, as they were logged originally, and
// returns the others, including links.
func events(ctx context.Context, s *trace.Span) (list []mutagent.Event) {
	for _, e := range s.Events {
		at := time.Time{}
		if e.Time != 0 {
			at = e.Time.UTC()
		}
		var level slog.Level
		leveled := level.UnmarshalText([]byte(e.Level)) == nil
		var attrs []slog.Attr
		for _, key := range slices.Sorted(maps.Keys(e.Attributes)) {
			if !leveled || key != "level" && key != "log.severity" {
				attrs = append(attrs, slog.Any(key, e.Attributes[key]))
			}
		}
		if !leveled {
			list = append(list, mutagent.Event{Name: e.Name, Time: at, Attributes: attrs})
			continue
		}
		r := slog.NewRecord(at, level, e.Name, 0)
		r.AddAttrs(attrs...)
		_ = logged.Handle(ctx, r) // there is no next handler that could fail
	}
	for _, l := range s.Links {
		list = append(list, mutagent.Event{Name: "link", Time: s.Start.UTC(), Attributes: []slog.Attr{
			slog.String("link.trace_id", l.TraceID), slog.String("link.span_id", l.SpanID),
		}})
	}
	return list
}
