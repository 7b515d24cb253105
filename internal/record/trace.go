package record

import "log/slog"

// A Trace is what its spans have in common. It is immutable.
type Trace struct {
	SessionID string
	UserID    string
	Tags      []string
	// Attributes are given to each span when it starts.
	Attributes []slog.Attr
	// MetadataOnly says that no content may leave, see internal/redact.
	MetadataOnly bool
	// Remote traces began in another process. Their State and Flags go on to
	// others in headers, see internal/w3c; they are not sent.
	Remote bool
	State  string
	Flags  byte
	// Foreign is the span of another tracer that a span began in. It is not sent.
	Foreign SpanID
}
