package redact

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// held returns a recorded span with text in each bounded field.
func held(text string) *record.Span {
	name, message := Hold(text, MaxName), Hold(text, MaxMessage)
	return &record.Span{Name: name, Kind: name, More: &record.Details{
		Message: message, Metrics: record.Metrics{Model: name, Provider: name},
	}}
}

// TestSecretAcrossCut puts a secret at each offset around the limits.
func TestSecretAcrossCut(t *testing.T) {
	r := New(false, []Func{mask})
	for _, at := range []int{MaxName, MaxMessage, MaxName + Overhang, MaxMessage + Overhang} {
		for before := at - len(secret) - 1; before <= at+1; before++ {
			clean, _ := r.Span(held(strings.Repeat(".", before) + secret + strings.Repeat(".", 2*Overhang)))
			for _, text := range []string{clean.Name, clean.Kind, clean.Details().Message, clean.Details().Metrics.Model, clean.Details().Metrics.Provider} {
				require.NotContains(t, text, secret[:1], "a secret behind %d bytes", before)
			}
			require.InDelta(t, MaxMessage, len(clean.Details().Message), float64(len(secret)))
			require.InDelta(t, MaxName, len(clean.Name), float64(len(secret)))
		}
	}
}

// TestCutAfterMasking checks a text that redaction shortens. Text from behind the limit
// moves before it, but not the secret that the first cut has split.
func TestCutAfterMasking(t *testing.T) {
	r := New(false, []Func{mask})
	for _, share := range []int{1, 2, 8} {
		text := strings.Repeat(secret, (MaxMessage+Overhang)/len(secret)/share-1)
		text += strings.Repeat(".", MaxMessage+Overhang-len(text)-3) + secret // the cut splits the last secret
		clean, _ := r.Span(held(text))
		assert.NotContains(t, clean.Details().Message, secret[:1])
		assert.NotContains(t, clean.Name, secret[:1])
		if share > 1 {
			assert.Contains(t, clean.Details().Message, "[x][x]", "not all of it is in doubt")
		}
	}
}

// TestLimits checks that the sent text has exactly the limit, with or without
// functions.
func TestLimits(t *testing.T) {
	for name, r := range map[string]*Redactor{"nil": nil, "none": New(false, nil), "some": New(false, []Func{mask}), "metadata": New(true, nil)} {
		for _, n := range []int{0, MaxName, MaxName + 1, MaxMessage, MaxMessage + 1, MaxMessage + Overhang - 5, MaxMessage + Overhang, 3 * Overhang} {
			s := held(strings.Repeat("é", n/2))
			clean, _ := r.Span(s)
			assert.Equal(t, strings.Repeat("é", min(n, MaxName)/2), clean.Name, "%s %d", name, n)
			if name != "metadata" {
				assert.Equal(t, strings.Repeat("é", min(n, MaxMessage)/2), clean.Details().Message, "%s %d", name, n)
			}
			assert.Len(t, s.Name, min(n/2*2, MaxName+Overhang), "the program may still write the span")
		}
	}
}

// FuzzCut looks for parts of a secret in the output, wherever the secret is and
// whatever else is masked.
func FuzzCut(f *testing.F) {
	f.Add(uint(0), uint(MaxMessage-3), uint(8))
	f.Add(uint(500), uint(MaxMessage), uint(Overhang))
	f.Fuzz(func(t *testing.T, masks, before, size uint) {
		masks, before, size = masks%2000, before%(4*Overhang), 1+size%Overhang
		long := "<" + strings.Repeat("#", int(size-1)) + ">"
		hide := func(_, text string) (string, int) {
			return strings.ReplaceAll(strings.ReplaceAll(text, long, "[x]"), secret, "[x]"), strings.Count(text, long)
		}
		text := strings.Repeat(secret, int(masks)) + strings.Repeat(".", int(before)) + long + strings.Repeat(".", 2*Overhang)
		clean, _ := New(false, []Func{hide}).Span(held(text))
		require.NotContains(t, clean.Details().Message, "<")
		require.NotContains(t, clean.Details().Message, "#")
		require.NotContains(t, clean.Name, "#")
	})
}
