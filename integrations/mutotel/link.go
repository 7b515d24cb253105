package mutotel

import (
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
)

// linkEvent returns an OpenTelemetry link as an event, because spans of this SDK have
// no links.
func linkEvent(sc trace.SpanContext, at time.Time) mutagent.Event {
	return mutagent.Event{Name: "link", Time: at, Attributes: []slog.Attr{
		slog.String("link.trace_id", sc.TraceID().String()), slog.String("link.span_id", sc.SpanID().String()),
	}}
}
