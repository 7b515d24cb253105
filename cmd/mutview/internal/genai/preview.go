package genai

import (
	"strings"

	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// previewBytes is the maximum length of input and output in lists.
const previewBytes = 240

// preview returns the first words of the relevant message: for an input the last
// message of the user, for an output the last message.
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

// firstWords reads only as much of a text as it returns.
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
