package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var duration = regexp.MustCompile(`\b[0-9.]+(µs|ms|s)\b`)

func TestExample(t *testing.T) {
	program := filepath.Join(t.TempDir(), "example.exe")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "MUTAGENT_DISABLED=", "NO_COLOR=1")
	cmd.Stderr = t.Output()
	out, err = cmd.Output()
	require.NoError(t, err)
	want, err := os.ReadFile("testdata/output.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), duration.ReplaceAllString(string(out), "0s"))
}
