package auto

import (
	"log/slog"

	"github.com/mutagent-io/mutagent-go"
)

// NewLogger is like [slog.New], with a handler that links records to spans.
func NewLogger(h slog.Handler) *slog.Logger {
	if h == nil {
		return slog.New(h) // which panics on a nil handler
	}
	return slog.New(mutagent.NewHandler(h, nil))
}

// SetDefault is like [slog.SetDefault], with a logger whose handler links records to
// spans.
func SetDefault(l *slog.Logger) { slog.SetDefault(NewLogger(l.Handler())) }
