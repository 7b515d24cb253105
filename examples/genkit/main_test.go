package main

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var duration = regexp.MustCompile(`[0-9.]+(ns|µs|ms|s)\b`)

// TestOutput compares the tree: Genkit's spans are between those of the program, and
// each model call appears once.
func TestOutput(t *testing.T) {
	t.Setenv("MUTAGENT_DISABLED", "")
	want, err := os.ReadFile("testdata/output.txt")
	require.NoError(t, err)
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	assert.Equal(t, string(want), duration.ReplaceAllString(stdout.String(), "…"))
}
