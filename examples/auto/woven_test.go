//go:build woven

package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
)

// traced builds the program in folder by the command build, runs it, and returns the tree
// of what it sent, and what it is made of.
func traced(t *testing.T, folder string, build ...string) (tree string, outline []string) {
	program := filepath.Join(t.TempDir(), "program")
	cmd := exec.Command(build[0], append(build[1:], "-o", program, ".")...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)

	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()
	cmd = exec.Command(program)
	cmd.Env = append(os.Environ(), "MUTAGENT_DISABLED=", "MUTAGENT_API_KEY=mt_test", "MUTAGENT_ENDPOINT="+server.URL)
	out, err = cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)

	for _, trace := range rec.Traces() {
		names := map[string]string{}
		for _, s := range trace.Spans {
			names[s.SpanID] = s.Name
			outline = append(outline, fmt.Sprintf("%s %s under %q: %s, %d→%d tokens",
				s.Kind, s.Name, names[s.ParentID], s.Status, s.Metrics.InputTokens, s.Metrics.OutputTokens))
		}
	}
	return rec.Tree(), outline
}

func TestWoven(t *testing.T) {
	tree, got := traced(t, ".", "go", "tool", "orchestrion", "go", "build")
	_, want := traced(t, "../quickstart", "go", "build")
	assert.Len(t, want, 7)
	assert.Equal(t, want, got)

	if os.Getenv("MUTEST_UPDATE") != "" {
		require.NoError(t, os.WriteFile("testdata/woven.tree", []byte(tree), 0o644))
	}
	golden, err := os.ReadFile("testdata/woven.tree")
	require.NoError(t, err)
	assert.Equal(t, string(golden), tree)
}

func TestUntraced(t *testing.T) {
	tree, _ := traced(t, ".", "go", "build")
	assert.Empty(t, strings.TrimSpace(tree))
}
