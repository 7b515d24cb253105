package record

import "log/slog"

// A Trace is the data that all spans of a trace share. It is immutable.
type Trace struct {
	SessionID string
	UserID    string
	Tags      []string
	// Attributes are set on each span when it starts.
	Attributes []slog.Attr
	// MetadataOnly means that no content may be sent, see internal/redact.
	MetadataOnly bool
	// Remote means that the trace began in another process. State and Flags are
	// propagated in headers, see internal/w3c; they are not sent to destinations.
	Remote bool
	State  string
	Flags  byte
	// Foreign is the span of another tracer in which a span began. It is not sent.
	Foreign SpanID
}
