// Package benchmarks compares mutagent with the OpenTelemetry Go SDK, with its
// slog bridge, with slog's own JSON handler, and with the least that any tracer
// must do.
//
// Everything runs in one process, in one run, so that what a machine is like
// cancels out: read the ratios, not the nanoseconds. Each operation is measured
// from the caller's first call to the return of the last, as a program would
// write it with either library, while nothing is dropped. What happens behind
// the caller's back is part of BenchmarkDelivery and of the command deliver.
//
// Two things favour the others. OpenTelemetry's null exporters encode nothing,
// while mutagent writes every request to the last byte and only then throws it
// away. And the spans are roots, for which mutagent does the most work.
package benchmarks

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
)

// What a full span is about: the texts are as long as short turns of a chat, and
// have what must be escaped in JSON.
const (
	model    = "gpt-4o"
	provider = "openai"
	question = "The customer writes: \"I ordered two lamps on Monday, and only one of them came.\"\n" +
		"Find the order, see whether the parcel was split, and answer in two sentences. If the second lamp is on " +
		"its way, say when it comes; if it is lost, offer to send another one, or the money back. Be kind — it is " +
		"the second complaint."
	answer = "I am sorry that only one lamp has come so far. Your order left our warehouse in two parcels, since " +
		"the lamps were in different places; the second one was handed to the carrier this morning, and should " +
		"reach you on Thursday.\nIf it has not come by Friday, write \"lamp\" to this address, and we send another one " +
		"or return the money, as you like."
	inputTokens  = 143
	outputTokens = 71
)

// Bare records a span with nothing in it.
func Bare(ctx context.Context) {
	_, end := mutagent.Start(ctx, mutagent.KindTool, "lookup")
	end()
}

// BareOTel is [Bare] for OpenTelemetry.
func BareOTel(ctx context.Context, tracer trace.Tracer) {
	_, span := tracer.Start(ctx, "lookup")
	span.End()
}

// Full records a model call: what went in, what came out, what it used.
func Full(ctx context.Context) {
	_, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{
		Kind:  mutagent.KindLLMChat,
		Name:  "chat gpt-4o",
		Input: mutagent.IO{Text: question},
	})
	span.End(mutagent.EndOptions{
		Output: mutagent.IO{Text: answer},
		Metrics: mutagent.Metrics{
			Model:        model,
			Provider:     provider,
			InputTokens:  inputTokens,
			OutputTokens: outputTokens,
		},
	})
}

// FullOTel is [Full] for OpenTelemetry, with the attributes that its conventions
// for generative AI have for the same facts.
func FullOTel(ctx context.Context, tracer trace.Tracer) {
	_, span := tracer.Start(ctx, "chat gpt-4o", trace.WithAttributes(
		attribute.String("gen_ai.operation.name", "chat"),
		attribute.String("gen_ai.provider.name", provider),
		attribute.String("gen_ai.request.model", model),
		attribute.String("gen_ai.input.messages", question),
	))
	span.SetAttributes(
		attribute.String("gen_ai.output.messages", answer),
		attribute.Int("gen_ai.usage.input_tokens", inputTokens),
		attribute.Int("gen_ai.usage.output_tokens", outputTokens),
	)
	span.End()
}

// Log writes a log record with four attributes.
func Log(ctx context.Context, l *slog.Logger) {
	l.InfoContext(ctx, "picked a tool", "tool", "orders", "attempt", 2, "cached", true, "wait", time.Millisecond)
}
