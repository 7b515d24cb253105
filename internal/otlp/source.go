package otlp

import (
	"log/slog"
	"runtime"
	"sync"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// scoped appends what the logger of e carries, what e carries, and where it is from.
func (a *attributes) scoped(e *record.Event) {
	prefix := a.scope(e.Scope)
	for _, attr := range e.Attributes {
		a.value(prefix, attr)
	}
	if e.PC != 0 {
		for _, attr := range sourceOf(e.PC) {
			a.value("", attr)
		}
	}
}

// scope appends what a logger carries, from the outside in, and returns the prefix
// of what is in its innermost group.
func (a *attributes) scope(s *record.Scope) (prefix string) {
	if s == nil {
		return ""
	}
	prefix = a.scope(s.Parent)
	for _, attr := range s.Attributes {
		a.value(prefix, attr)
	}
	if s.Group != "" {
		return within(prefix, s.Group)
	}
	return prefix
}

// sources holds the source of every log statement that was ever an event. Programs
// have few.
var sources sync.Map // uintptr -> []slog.Attr

func sourceOf(pc uintptr) []slog.Attr {
	if src, ok := sources.Load(pc); ok {
		return src.([]slog.Attr)
	}
	var src []slog.Attr
	if frame, _ := runtime.CallersFrames([]uintptr{pc}).Next(); frame.File != "" {
		src = []slog.Attr{
			slog.String("code.function.name", frame.Function),
			slog.String("code.file.path", frame.File),
			slog.Int("code.line.number", frame.Line),
		}
	}
	sources.Store(pc, src)
	return src
}
