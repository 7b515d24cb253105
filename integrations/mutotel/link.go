package mutotel

import (
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
)

// linkEvent is a link of OpenTelemetry's, which spans of ours do not have.
func linkEvent(sc trace.SpanContext, at time.Time) mutagent.Event {
	return mutagent.Event{Name: "link", Time: at, Attributes: []slog.Attr{
		slog.String("link.trace_id", sc.TraceID().String()), slog.String("link.span_id", sc.SpanID().String()),
	}}
}
