// Package mutotel joins OpenTelemetry and mutagent, so that spans of libraries which
// are instrumented for OpenTelemetry (ADK, Genkit, otelhttp) and spans of this SDK are
// one trace.
//
// A program that has the OpenTelemetry SDK adds a processor to it:
//
//	mutagent.Init(&mutagent.Options{Parent: mutotel.Parent})
//	otel.SetTracerProvider(sdktrace.NewTracerProvider(
//		sdktrace.WithSpanProcessor(mutotel.NewSpanProcessor(nil)),
//		sdktrace.WithIDGenerator(mutotel.IDGenerator{}),
//	))
//
// A program that has not uses this SDK through OpenTelemetry's API:
//
//	otel.SetTracerProvider(mutotel.NewTracerProvider(nil))
//
// Use one of the two. What OpenTelemetry's sampler leaves out is left out here.
package mutotel
