package mutest

import (
	"io"
	"os"
	"strings"

	"github.com/mutagent-io/mutagent-go"
)

// A style says how a tree is printed. The zero style is the same on every run.
type style struct {
	durations bool
	colour    bool
}

// isTerminal reports whether w shows colours, and the user wants them.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// The codes are those of ECMA-48, "Select Graphic Rendition".
func (st style) paint(code, text string) string {
	if !st.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (st style) strong(text string) string { return st.paint("1", text) }
func (st style) faint(text string) string  { return st.paint("2", text) }
func (st style) red(text string) string    { return st.paint("31", text) }
func (st style) green(text string) string  { return st.paint("32", text) }
func (st style) yellow(text string) string { return st.paint("33", text) }
func (st style) kind(text string) string   { return st.paint("36", text) }

func (st style) status(s Span) string {
	text := s.Status.String()
	if s.StatusMessage != "" {
		text += ": " + oneLine(s.StatusMessage)
	}
	switch s.Status {
	case mutagent.StatusOK:
		return st.green(text)
	case mutagent.StatusError:
		return st.red(text)
	}
	return st.yellow(text)
}

func (st style) level(text string) string {
	switch {
	case strings.HasPrefix(text, "ERROR"):
		return st.red(text)
	case strings.HasPrefix(text, "WARN"):
		return st.yellow(text)
	}
	return st.faint(text)
}
