// Package mutotel connects OpenTelemetry and mutagent: spans of libraries that are
// instrumented for OpenTelemetry (ADK, Genkit, otelhttp) and spans of this SDK form one
// trace.
//
// A program that uses the OpenTelemetry SDK adds a processor:
//
//	mutagent.Init(&mutagent.Options{Parent: mutotel.Parent})
//	otel.SetTracerProvider(sdktrace.NewTracerProvider(
//		sdktrace.WithSpanProcessor(mutotel.NewSpanProcessor(nil)),
//		sdktrace.WithIDGenerator(mutotel.IDGenerator{}),
//	))
//
// A program without the OpenTelemetry SDK uses this SDK through OpenTelemetry's API:
//
//	otel.SetTracerProvider(mutotel.NewTracerProvider(nil))
//
// Use one of the two. Spans that OpenTelemetry's sampler drops are not recorded here
// either. [NewLogProcessor] adds OpenTelemetry's log records to either.
package mutotel
