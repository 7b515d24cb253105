package server

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// A program with OpenTelemetry's own SDK sends protobuf with gzip.
func TestOpenTelemetryProgram(t *testing.T) {
	server := newServer(t, Options{})
	ctx := context.Background()
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(server.URL+"/v1/traces"), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	tracer := provider.Tracer("program")
	ctx, root := tracer.Start(ctx, "answer")
	_, call := tracer.Start(ctx, "chat gpt-4o")
	call.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-4o"),
		attribute.Int("gen_ai.usage.input_tokens", 12), attribute.StringSlice("list", []string{"a", "b"}))
	call.AddEvent("retry")
	call.SetStatus(codes.Error, "overloaded")
	call.End()
	root.End()
	if err := provider.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	id := root.SpanContext().TraceID().String()
	_, view := send(t, "GET", server.URL+"/api/view/traces?model=gpt-4o&status=error", "", nil)
	for _, want := range []string{id, `"name":"answer"`, `"spans":2`, `"inputTokens":12`, `"message":"chat gpt-4o: overloaded"`} {
		if !strings.Contains(string(view), want) {
			t.Errorf("no %s in %s", want, view)
		}
	}
	_, spans := send(t, "GET", server.URL+"/api/traces/"+id+"/spans", "", nil)
	checkSchema(t, "api-0.5/span-list.schema.json", spans)
	for _, want := range []string{`"list":["a","b"]`, `"name":"retry"`, `"parentSpanId":"` + root.SpanContext().SpanID().String()} {
		if !strings.Contains(string(spans), want) {
			t.Errorf("no %s in %s", want, spans)
		}
	}
}
