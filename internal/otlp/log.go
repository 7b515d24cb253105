package otlp

import (
	"log/slog"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// Fields of LogRecord.
const (
	logTime, logSeverity, logSeverityText, logBody, logAttributes = 1, 2, 3, 5, 6
	logFlags, logTraceID, logSpanID, logEventName                 = 8, 9, 10, 12
)

// logs is the destination of events as log records. Its records are the head, four zero
// bytes, and a log record for each event of the span.
type logs struct {
	signal
	events bool
}

func (d *logs) Encode(dst []byte, s *record.Span) []byte {
	e, failed := exceptionOf(s)
	if !d.events || s.Events.Len() == 0 && !failed {
		return dst
	}
	dst = destination.AppendHead(dst, s)
	dst = append(dst, 0, 0, 0, 0)
	for _, piece := range s.Events {
		for i := range piece {
			dst = appendLogRecord(dst, s, &piece[i])
		}
	}
	if failed {
		dst = appendLogRecord(dst, s, &e)
	}
	return dst
}

// Strip appends nothing, because a log record is all payload.
func (d *logs) Strip(dst, _ []byte) []byte { return dst }

// appendLogRecord writes a log line as a log record. An event of AddEvent becomes a log
// record with an event name.
func appendLogRecord(dst []byte, s *record.Span, e *record.Event) []byte {
	dst, start := begin(dst, items)
	dst = appendFixed64(dst, logTime, nanos(e.Time))
	switch {
	case e.Leveled:
		dst = appendVarint(dst, logSeverity, severity(e.Level))
		dst = appendString(dst, logSeverityText, e.Level.String())
	default:
		if e.Name == exception {
			dst = appendVarint(dst, logSeverity, severity(slog.LevelError))
			dst = appendString(dst, logSeverityText, slog.LevelError.String())
		}
		dst = appendString(dst, logEventName, e.Name)
	}
	dst, body := begin(dst, logBody)
	dst = end(appendString(dst, anyString, e.Name), body)
	a := attributes{dst: dst, field: logAttributes}
	a.scoped(e)
	dst = appendFixed32(a.dst, logFlags, flagsOf(s)&(sampled|random))
	dst = appendBytes(dst, logTraceID, s.TraceID[:])
	return end(appendBytes(dst, logSpanID, s.ID[:]), start)
}

// severity converts a slog level to a severity number of OpenTelemetry's log data
// model. Info is 9, each level is one step, and the result is between 1 and 24.
func severity(l slog.Level) uint64 {
	return uint64(min(max(l, 1-9), 24-9) + 9)
}
