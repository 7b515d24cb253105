package mutest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/mutagent-io/mutagent-go"
)

// preview returns the lines that stand for an input or output: one for a text, a
// message, a document, a value.
func preview(io *mutagent.IO) []string {
	var lines []string
	if io.Text != "" {
		lines = append(lines, oneLine(io.Text))
	}
	for i := range io.Messages {
		lines = append(lines, messageLine(&io.Messages[i]))
	}
	for _, d := range io.Documents {
		lines = append(lines, documentLine(d))
	}
	if io.Raw != nil {
		lines = append(lines, oneLine(compact(io.Raw)))
	}
	return leaveOut(lines)
}

// leaveOut shortens a long list, omitting its middle, which is the least informative
// part of a conversation.
func leaveOut(lines []string) []string {
	const first, last = 2, 4
	n := len(lines) - first - last
	if n <= 1 {
		return lines
	}
	short := append(lines[:first:first], fmt.Sprintf("… %d more", n))
	return append(short, lines[first+n:]...)
}

func messageLine(m *mutagent.Message) string {
	var parts []string
	if m.Content != "" {
		parts = append(parts, m.Content)
	}
	for i := range m.Parts {
		parts = append(parts, partText(&m.Parts[i]))
	}
	line := oneLine(m.Role) + ": " + oneLine(strings.Join(parts, " "))
	if m.FinishReason != "" {
		line += " (" + oneLine(m.FinishReason) + ")"
	}
	return line
}

func partText(p *mutagent.Part) string {
	switch {
	case p.Response != nil:
		return compact(p.Response)
	case p.Arguments != nil:
		return p.Name + "(" + compact(p.Arguments) + ")"
	case p.Content != "":
		return p.Content
	case p.URI != "":
		return p.URI
	}
	return p.Type
}

func documentLine(d mutagent.Document) string {
	var head []string
	if d.ID != "" {
		head = append(head, d.ID)
	}
	if d.Score != 0 {
		head = append(head, fmt.Sprintf("%.2f", d.Score))
	}
	return oneLine("[" + strings.Join(head, " ") + "] " + d.Content)
}

// compact returns v as JSON. v was JSON before, so it can be again.
func compact(v any) string {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return strings.TrimSuffix(buf.String(), "\n")
}

// maxRunes is how much of a text is shown.
const maxRunes = 80

// oneLine returns the beginning of text on one line. Control characters, and those that
// change the writing direction, are escaped, because they could hide or forge the rest
// of the tree.
func oneLine(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > maxRunes {
			return b.String() + "…"
		}
		if unicode.IsGraphic(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(escape(r))
		}
	}
	return b.String()
}

func escape(r rune) string {
	quoted := fmt.Sprintf("%+q", r)
	return quoted[1 : len(quoted)-1]
}
