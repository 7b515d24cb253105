package redact

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// TestIOAcrossCut puts a secret at each offset around the limit of an input, and around
// the end of the held part.
func TestIOAcrossCut(t *testing.T) {
	const n = 1000
	byKey := func(key, text string) (string, int) {
		if key == "password" {
			return "*", 1
		}
		return mask(key, text)
	}
	for name, io := range map[string]func(text string) record.IO{
		"text": func(text string) record.IO { return record.IO{Text: text} },
		"json": func(text string) record.IO {
			return record.IO{Raw: freeze.JSON(`{"a":"` + text + `"}`)}
		},
		"key": func(text string) record.IO {
			return record.IO{Raw: freeze.JSON(`{"password":"` + strings.ReplaceAll(text, ".", "h") + `"}`)}
		},
		"messages": func(text string) record.IO {
			return record.IO{More: &record.Structured{Messages: []record.Message{{Role: "user", Parts: []record.Part{{Type: "text", Content: text}}}}}}
		},
	} {
		for _, at := range []int{n, n + Overhang} {
			for before := at - 300; before <= at+2; before++ {
				s := &record.Span{}
				s.EditDetails().Input = HoldIO(io(strings.Repeat(".", before)+secret+strings.Repeat(".", 2*Overhang)), n)
				clean, _ := New(false, []Func{byKey}).Span(s)
				require.LessOrEqual(t, clean.Details().Input.Size(), n, name)
				require.Zero(t, clean.Details().Input.Over)
				text := clean.Details().Input.Text + string(clean.Details().Input.Raw)
				if m := clean.Details().Input.More; m != nil {
					for _, m := range m.Messages {
						text += m.Parts[0].Content
					}
				}
				require.NotContains(t, text, "h", "%s: a secret behind %d bytes", name, before)
				if name != "key" {
					require.Greater(t, len(text), n-300, name)
				}
			}
		}
	}
}
