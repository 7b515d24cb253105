// Package stdlog replaces the initial handler of slog's default logger. That handler
// prints through package log, which [slog.SetDefault] redirects to the default logger:
// with another handler around it, the two would deadlock (go.dev/issue/62424). The
// replacement prints the same bytes through its own logger.
package stdlog

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"
)

// IsDefault reports whether h is slog's own default handler.
func IsDefault(h slog.Handler) bool { return reflect.TypeOf(h).String() == "*slog.defaultHandler" }

// New returns a handler with the same output as original, slog's default handler:
// level, message, then attributes in the form of a TextHandler.
func New(original slog.Handler) slog.Handler {
	p := &printer{flags: log.Flags(), out: os.Stderr}
	if w := log.Writer(); !isSlog(w) {
		p.out = w
	}
	return &handler{original, slog.NewTextHandler(p, nil), p}
}

type handler struct {
	original slog.Handler // used only for the level
	text     slog.Handler // writes to the printer
	printer  *printer
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.original.Enabled(ctx, level)
}

// Handle passes the record to the text handler with its message and source encoded in
// hex, so that the printer recognizes them whatever they contain.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	var where string
	if src := r.Source(); src != nil {
		where = fmt.Sprintf("%s:%d", src.File, src.Line)
	}
	if isLog() {
		return h.printer.printLog(where, r.Message)
	}
	// Before any lock is held, because package log holds its own lock while it waits
	// for Handle.
	h.printer.follow(log.Writer())
	message := fmt.Sprintf("%x.%x", where, r.Message)
	r2 := slog.NewRecord(time.Time{}, r.Level, message, 0)
	r.Attrs(func(a slog.Attr) bool { r2.AddAttrs(a); return true })
	return h.text.Handle(ctx, r2)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.original, h.text.WithAttrs(attrs), h.printer}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{h.original, h.text.WithGroup(name), h.printer}
}

// isSlog reports whether w is the writer that slog.SetDefault sets for package log.
func isSlog(w io.Writer) bool { return reflect.TypeOf(w).String() == "*slog.handlerWriter" }

// isLog reports whether the caller is a function of package log, and not slog or a
// logger of slog.NewLogLogger.
func isLog() bool {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	inside := false
	for {
		frame, more := frames.Next()
		switch {
		case frame.Function == "log/slog.(*handlerWriter).Write":
			inside = true
		case inside && !strings.HasPrefix(frame.Function, "log.(*Logger)."):
			return strings.HasPrefix(frame.Function, "log.")
		}
		if !more {
			return false
		}
	}
}

// A printer prints lines as package log did before slog redirected it.
type printer struct {
	mu    sync.Mutex
	flags int // of package log, before slog redirected it
	out   io.Writer
}

// follow sets the printer's output to that of package log, unless that is slog.
func (p *printer) follow(w io.Writer) {
	if !isSlog(w) {
		p.mu.Lock()
		p.out = w
		p.mu.Unlock()
	}
}

// printLog prints a line of package log, which already has its prefix.
func (p *printer) printLog(where, line string) error {
	if log.Flags() != 0 { // flags were set after slog redirected package log, so the line is complete
		return p.write(line)
	}
	return p.print(where, strings.TrimPrefix(line, log.Prefix()))
}

// Write receives "level=INFO msg=HEX.HEX k=v" from the text handler, and prints "INFO
// message k=v".
func (p *printer) Write(line []byte) (int, error) {
	rest := strings.TrimSuffix(string(line), "\n")
	level, rest, _ := strings.Cut(strings.TrimPrefix(rest, "level="), " ")
	coded, attrs, more := strings.Cut(strings.TrimPrefix(rest, "msg="), " ")
	where, message, _ := strings.Cut(coded, ".")
	text := level + " " + unhex(message)
	if more {
		text += " " + attrs
	}
	return len(line), p.print(unhex(where), text)
}

// print adds the prefix and the fields selected by package log's flags.
func (p *printer) print(where, text string) error {
	prefix, flags := log.Prefix(), p.flags
	if now := log.Flags(); now != 0 {
		flags = now
	}
	if flags&log.Lmsgprefix != 0 {
		prefix, text = "", prefix+text
	}
	switch {
	case flags&(log.Lshortfile|log.Llongfile) == 0:
	case where == "":
		text = "???:0: " + text
	case flags&log.Lshortfile != 0:
		text = path.Base(where) + ": " + text
	default:
		text = where + ": " + text
	}
	var line strings.Builder
	plain := flags &^ (log.Lshortfile | log.Llongfile | log.Lmsgprefix)
	if err := log.New(&line, prefix, plain).Output(0, text); err != nil {
		return err
	}
	return p.write(line.String())
}

// write writes a line with a single call.
func (p *printer) write(line string) error {
	if !strings.HasSuffix(line, "\n") {
		line += "\n"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := io.WriteString(p.out, line)
	return err
}

func unhex(s string) string {
	b, _ := hex.DecodeString(s)
	return string(b)
}
