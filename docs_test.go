package mutagent_test

import (
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A quotation of an example: its name, its file, its code, what it prints.
var quotation = regexp.MustCompile("(?s)\\[(Example\\w*)\\]\\(\\.\\./(\\S+_test\\.go)\\):\n\n```go\n(.*?)```\n\n```text\n(.*?)```")

// TestQuotations: what the documents quote of examples is what go test runs.
func TestQuotations(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	quoted := map[string]int{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, q := range quotation.FindAllStringSubmatch(string(text), -1) {
			code, output := example(t, q[2], q[1])
			assert.Equal(t, code, q[3], "%s quotes the code of %s", page, q[1])
			assert.Equal(t, output, q[4], "%s quotes the output of %s", page, q[1])
			quoted[page]++
		}
	}
	cookbook, err := os.ReadFile("docs/cookbook.md")
	require.NoError(t, err)
	assert.Equal(t, 12, quoted["docs/cookbook.md"])
	assert.Equal(t, 12, strings.Count(string(cookbook), "```go\n"), "the cookbook has no code but that of examples")
}

// example returns the code of an example, as it stands in its function, and its
// output.
func example(t *testing.T, file, name string) (code, output string) {
	t.Helper()
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, parser.ParseComments)
	require.NoError(t, err)
	for _, e := range doc.Examples(parsed) {
		if "Example"+e.Name == name {
			body := source[set.Position(e.Code.Pos()).Offset:set.Position(e.Code.End()).Offset]
			code, _, _ = strings.Cut(strings.TrimPrefix(string(body), "{"), "\n\t// Output:")
			return strings.TrimPrefix(strings.ReplaceAll(code, "\n\t", "\n"), "\n") + "\n", e.Output
		}
	}
	t.Fatalf("%s has no %s", file, name)
	return "", ""
}
