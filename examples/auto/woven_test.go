//go:build woven

package main

import (
	"bytes"
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

// traced builds the program in folder with the command build and runs it. It returns
// the tree of the spans that the program sent, and the outline of its spans.
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

// A plain build is byte for byte the same binary as in a module without Orchestrion.
func TestPlain(t *testing.T) {
	folder := t.TempDir()
	build := func(name string, flags ...string) []byte {
		program := filepath.Join(folder, name)
		command(t, append(append([]string{"build", "-trimpath", "-o", program}, flags...), ".")...)
		file, err := os.ReadFile(program)
		require.NoError(t, err)
		return file
	}
	with := build("with")

	mod, overlay := filepath.Join(folder, "go.mod"), filepath.Join(folder, "overlay.json")
	for from, to := range map[string]string{"go.mod": mod, "go.sum": filepath.Join(folder, "go.sum")} {
		text, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to, text, 0o644))
	}
	here, err := filepath.Abs("orchestrion.tool.go")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, fmt.Appendf(nil, `{"Replace": {%q: ""}}`, here), 0o644))
	const orchestrion, auto = "github.com/DataDog/orchestrion", "github.com/mutagent-io/mutagent-go/auto"
	command(t, "mod", "edit", "-droptool="+orchestrion, "-droprequire="+orchestrion, "-droprequire="+auto, "-dropreplace="+auto, mod)
	command(t, "mod", "tidy", "-modfile="+mod, "-overlay="+overlay)
	text, err := os.ReadFile(mod)
	require.NoError(t, err)
	require.NotContains(t, string(text), "DataDog")
	without := build("without", "-modfile="+mod, "-overlay="+overlay)
	assert.True(t, bytes.Equal(without, with))
}

func command(t *testing.T, args ...string) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
