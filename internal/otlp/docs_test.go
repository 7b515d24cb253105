package otlp

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDocs checks that docs/otlp.md shows the current tables of meaning.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/otlp.md")
	require.NoError(t, err)
	for _, want := range []string{kindTable(), factTable(), SchemaURL} {
		require.Contains(t, string(page), want, "docs/otlp.md must have this:\n%s", want)
	}
}

func kindTable() string {
	var b strings.Builder
	b.WriteString("| kind | `gen_ai.operation.name` | span kind | `openinference.span.kind` |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[name]
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` |\n", name, code(k.operation), map[int]string{internal: "INTERNAL", client: "CLIENT"}[k.span], k.openInference)
	}
	return b.String()
}

func factTable() string {
	var b strings.Builder
	b.WriteString("| attribute | from | |\n|---|---|---|\n")
	for _, f := range facts[1:] {
		var notes []string
		if f.openInference {
			notes = append(notes, "OpenInference")
		}
		if f.payload {
			notes = append(notes, "payload")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.key, f.from, strings.Join(notes, ", "))
	}
	return b.String()
}

func code(s string) string {
	if s == "" {
		return "–"
	}
	return "`" + s + "`"
}

// TestFactsAreWhole checks that each fact has a row. Without one, its attribute would
// have no name.
func TestFactsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for f, row := range facts[1:] {
		require.NotEmpty(t, row.key, "fact %d", f+1)
		require.NotEmpty(t, row.from, row.key)
		require.False(t, seen[row.key], "%s is there twice", row.key)
		seen[row.key] = true
	}
}
