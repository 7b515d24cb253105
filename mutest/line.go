package mutest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go"
)

// title is the first line of a span.
func (st style) title(s Span) string {
	words := []string{st.kind(oneLine(string(s.Kind))), st.strong(oneLine(s.Name))}
	if st.durations && !s.End.IsZero() {
		words = append(words, round(s.Duration).String())
	}
	words = append(words, st.status(s))
	if used := st.used(&s.Metrics); used != "" {
		words = append(words, st.faint("["+used+"]"))
	}
	if s.Truncated {
		words = append(words, st.faint("(truncated)"))
	}
	return strings.Join(words, " ")
}

// used says what a model call used.
func (st style) used(m *mutagent.Metrics) string {
	var items []string
	add := func(given bool, format string, args ...any) {
		if given {
			items = append(items, fmt.Sprintf(format, args...))
		}
	}
	add(m.Model != "", "%s", oneLine(m.Model))
	add(m.InputTokens != 0 || m.OutputTokens != 0, "%d→%d tokens", m.InputTokens, m.OutputTokens)
	add(m.InputTokens == 0 && m.OutputTokens == 0 && m.TotalTokens != 0, "%d tokens", m.TotalTokens)
	add(m.CachedInputTokens != 0, "%d cached", m.CachedInputTokens)
	add(m.ReasoningTokens != 0, "%d reasoning", m.ReasoningTokens)
	add(m.Estimated, "estimated")
	add(m.CostUSD != 0 || m.Free, "$%s", strconv.FormatFloat(m.CostUSD, 'f', -1, 64))
	add(st.durations && m.TimeToFirstToken != 0, "first token %v", round(m.TimeToFirstToken))
	return strings.Join(items, ", ")
}

// round keeps about three digits of d.
func round(d time.Duration) time.Duration {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

// details are the other lines of a span.
func (st style) details(s Span) []string {
	lines := st.payload("in ", &s.Input)
	lines = append(lines, st.payload("out", &s.Output)...)
	if attrs := pairs("", s.Attributes); attrs != nil {
		lines = append(lines, st.faint(strings.Join(attrs, " ")))
	}
	for _, e := range s.Events {
		lines = append(lines, st.event(e))
	}
	return lines
}

// payload labels the first of the lines that io makes, and indents the others.
func (st style) payload(label string, io *mutagent.IO) []string {
	lines := preview(io)
	for i, text := range lines {
		if i > 0 {
			label = "   "
		}
		lines[i] = st.faint(label) + " " + text
	}
	return lines
}

func (st style) event(e Event) string {
	words := []string{st.faint("·")}
	if e.Level != "" {
		words = append(words, st.level(oneLine(e.Level)))
	}
	words = append(words, oneLine(e.Name))
	for _, pair := range pairs("", e.Attributes) {
		words = append(words, st.faint(pair))
	}
	return strings.Join(words, " ")
}

// stackTrace is the attribute that holds one. Addresses and goroutine ids in it
// differ from run to run.
const stackTrace = "exception.stacktrace"

// pairs returns attributes as key=value, sorted, those of groups after the
// group's name and a dot.
func pairs(prefix string, attrs map[string]any) []string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(attrs)) {
		if key == stackTrace {
			continue
		}
		if group, ok := attrs[key].(map[string]any); ok && len(group) > 0 {
			list = append(list, pairs(prefix+key+".", group)...)
			continue
		}
		list = append(list, oneLine(prefix+key)+"="+value(attrs[key]))
	}
	return list
}

// value quotes a text if one could not see where it ends.
func value(v any) string {
	text, ok := v.(string)
	if !ok {
		return oneLine(compact(v))
	}
	text = oneLine(text)
	if text == "" || strings.ContainsAny(text, " \"=") {
		return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
	}
	return text
}
