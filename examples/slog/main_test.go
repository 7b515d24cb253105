package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

var (
	duration = regexp.MustCompile(` [0-9.]+(µs|ms|s) `)
	logTime  = regexp.MustCompile(`"time":"[^"]*",`)
)

func TestSlog(t *testing.T) {
	t.Cleanup(func() { assert.NoError(t, mutagent.Shutdown(context.Background())) })
	t.Setenv("MUTAGENT_API_KEY", "")
	t.Setenv("MUTAGENT_DISABLED", "")
	var stdout, stderr bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout, &stderr))

	assert.Equal(t, `chain sort-letter ok
  · INFO reading length=18 letter=1
  · INFO found a word letter=1 word=order

chain sort-letter ok
  · INFO reading length=29 letter=2
  · INFO found a word letter=2 word=refund

chain sort-letter error: no folder for a letter of 6 bytes
  error.type=*errors.errorString
  · INFO reading length=6 letter=3
  · WARN nothing found, a person must read it letter=3
`, duration.ReplaceAllString(stdout.String(), " "))
	assert.Equal(t, `{"level":"INFO","msg":"reading","letter":1,"length":18}
{"level":"INFO","msg":"found a word","letter":1,"word":"order"}
{"level":"INFO","msg":"sorted","folder":"orders"}
{"level":"INFO","msg":"reading","letter":2,"length":29}
{"level":"INFO","msg":"found a word","letter":2,"word":"refund"}
{"level":"INFO","msg":"sorted","folder":"refunds"}
{"level":"INFO","msg":"reading","letter":3,"length":6}
{"level":"WARN","msg":"nothing found, a person must read it","letter":3}
`, logTime.ReplaceAllString(stderr.String(), ""))
}

// Without the marked lines the program compiles as before.
func TestBefore(t *testing.T) {
	after, err := os.ReadFile("program.go")
	require.NoError(t, err)
	var before strings.Builder
	marked := 0
	for line := range strings.Lines(string(after)) {
		if strings.HasSuffix(line, "// +\n") {
			marked++
			continue
		}
		before.WriteString(line)
	}
	assert.NotContains(t, before.String(), "mutagent")
	assert.Equal(t, 4, marked, "an import and three lines")
	compile(t, "program.go", before.String())
}

// compile builds the package with text as the content of file.
func compile(t *testing.T, file, text string) {
	t.Helper()
	dir := t.TempDir()
	path, err := filepath.Abs(file)
	require.NoError(t, err)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: filepath.Join(dir, file)}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "vet", "-overlay", filepath.Join(dir, "overlay.json"), ".").CombinedOutput()
	require.NoError(t, err, string(out))
}
