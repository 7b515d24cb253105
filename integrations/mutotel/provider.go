package mutotel

import (
	"context"
	"encoding/hex"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// NewTracerProvider returns a provider for code that is written for OpenTelemetry's
// API. Its spans are spans of c, or of the default client if c is nil, and use the
// client's sampling; the OpenTelemetry SDK is not involved. The contexts that its
// tracers return carry the span for both APIs, so spans of either API that start in
// them become its children.
func NewTracerProvider(c *mutagent.Client) trace.TracerProvider { return &provider{client: c} }

type provider struct {
	embedded.TracerProvider
	client *mutagent.Client
}

func (p *provider) Tracer(scope string, _ ...trace.TracerOption) trace.Tracer {
	return &tracer{provider: p, scope: scope}
}

type tracer struct {
	embedded.Tracer
	provider *provider
	scope    string
}

func (t *tracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	if ctx == nil {
		ctx = context.Background()
	}
	config := trace.NewSpanStartConfig(options...)
	above := trace.SpanContextFromContext(ctx)
	s := &span{provider: t.provider, name: name, given: read(config.Attributes())}
	opts := mutagent.SpanOptions{Kind: s.given.kind(), Name: name, Start: config.Timestamp()}
	switch {
	case config.NewRoot():
		_, id := IDGenerator{}.NewIDs(context.Background())
		trace, _ := IDGenerator{}.NewIDs(context.Background())
		opts.TraceID, opts.SpanID = trace.String(), id.String()
	case mutagent.FromContext(ctx) == nil && above.IsValid() && !above.IsSampled():
		ctx = mutagent.WithSuppressed(ctx)
	case mutagent.FromContext(ctx) == nil && above.IsValid():
		opts.TraceID, opts.ParentSpanID = above.TraceID().String(), above.SpanID().String()
	}
	s.entry = &entry{name: name, role: roleOf(t.scope, name, config.SpanKind(), s.given), given: s.attributes}
	s.entry.enter(ctx, current(ctx), "")
	if s.entry.shared {
		return standIn(ctx, s.entry)
	}
	if t.provider.client != nil {
		ctx, s.ours = t.provider.client.StartSpan(ctx, opts)
	} else {
		ctx, s.ours = mutagent.StartSpan(ctx, opts)
	}
	if s.ours == nil { // not sampled; children and other processes must know
		if !above.IsValid() {
			above = propagated(ctx)
		}
		sc := above.WithTraceFlags(above.TraceFlags().WithSampled(false))
		ctx = trace.ContextWithSpanContext(ctx, sc)
		return ctx, trace.SpanFromContext(ctx)
	}
	if s.entry.role.model {
		ctx = genai.Mark(ctx)
	}
	if s.entry.span = s.ours; s.entry.role != (role{}) { // may be looked for with its ID alone
		live.Store(s.SpanContext().SpanID(), s.entry)
	}
	for _, l := range config.Links() {
		s.AddLink(l)
	}
	return trace.ContextWithSpan(ctx, s), s
}

// standIn returns a span that does nothing, because a span of an outer layer already
// records the same operation.
func standIn(ctx context.Context, e *entry) (context.Context, trace.Span) {
	ctx = trace.ContextWithSpanContext(ctx, contextOf(e.span))
	s := &sharedSpan{trace.SpanFromContext(ctx), e}
	return trace.ContextWithSpan(ctx, s), s
}

// A sharedSpan forwards its name.
type sharedSpan struct {
	trace.Span
	entry *entry
}

func (s *sharedSpan) SetName(name string) { s.entry.rename(name) }

// contextOf returns the OpenTelemetry span context of a span of this SDK.
func contextOf(s *mutagent.Span) trace.SpanContext {
	var config trace.SpanContextConfig
	_, _ = hex.Decode(config.TraceID[:], []byte(s.TraceID()))
	_, _ = hex.Decode(config.SpanID[:], []byte(s.SpanID()))
	config.TraceFlags = trace.FlagsSampled
	return trace.NewSpanContext(config)
}
