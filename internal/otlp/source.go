package otlp

import (
	"bytes"
	"log/slog"
	"runtime"
	"slices"
	"sync"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// scoped appends the attributes of the logger of e, the attributes of e, and its
// source. slog allows duplicate keys but OTLP does not, so the last one wins.
func (a *attributes) scoped(e *record.Event) {
	start := len(a.dst)
	prefix := a.scope(e.Scope)
	for _, attr := range e.Attributes {
		a.value(prefix, attr)
	}
	if e.PC != 0 {
		for _, attr := range sourceOf(e.PC) {
			a.value("", attr)
		}
	}
	a.unique(start)
}

// manyAttrs is the largest number of attributes that is searched for duplicate keys,
// because each is compared with all others.
const manyAttrs = 64

// unique removes attributes since start whose key occurs again later.
func (a *attributes) unique(start int) {
	var keys [manyAttrs][]byte
	var repeated uint64 // one bit for each attribute
	n := 0
	for tag, attr, rest := next(a.dst[start:]); tag != 0; tag, attr, rest = next(rest) {
		if n == manyAttrs {
			return
		}
		_, keys[n], _ = next(attr)
		for i, key := range keys[:n] {
			if bytes.Equal(key, keys[n]) {
				repeated |= 1 << i
			}
		}
		n++
	}
	if repeated == 0 {
		return
	}
	at := start
	for i := range n {
		_, _, rest := next(a.dst[at:])
		if after := len(a.dst) - len(rest); repeated&(1<<i) == 0 {
			at = after
		} else {
			a.dst = slices.Delete(a.dst, at, after)
		}
	}
}

// scope appends a logger's attributes from the outside in, and returns the prefix of
// its innermost group.
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

// sources caches the source of every log statement that became an event. Programs have
// few of them.
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
