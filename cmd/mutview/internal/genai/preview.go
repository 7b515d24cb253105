package genai

import (
	"strings"

	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// previewBytes is how much of input and output lists can show.
const previewBytes = 240

// preview is the first words that say what it is about: of an input the last
// message of the user, of an output the last message at all.
func preview(io IO, input bool) string {
	text := io.Text
	for _, m := range io.Messages {
		if input && m.Role != "user" && text != "" {
			continue
		}
		for _, p := range m.Parts {
			switch {
			case p.Type == "text" && p.Text != "":
				text = p.Text
			case p.Tool != nil && text == "":
				text = p.Tool.Name + "(" + semconv.JSON(p.Tool.Arguments) + ")"
			}
		}
	}
	if text == "" && len(io.Tools) > 0 {
		text = io.Tools[0].Name + "(" + semconv.JSON(io.Tools[0].Arguments) + ")"
	}
	if text == "" && len(io.Documents) > 0 {
		text = io.Documents[0].Content
	}
	if text == "" {
		text = string(io.Raw)
	}
	return firstWords(text)
}

// firstWords looks at no more of a text than it gives.
func firstWords(text string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(text) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(clip(word, 2*previewBytes))
		if b.Len() > previewBytes {
			break
		}
	}
	return clip(b.String(), previewBytes)
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
