package main

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These parts differ between runs: times, and IDs that ADK generates.
var (
	duration = regexp.MustCompile(`[0-9.]+(ns|µs|ms|s)\b`)
	id       = regexp.MustCompile(`(e-|adk-)?[0-9a-f]{8}-[0-9a-f-]{27}`)
)

// TestOutput compares the tree: ADK's spans are between those of the program, and each
// model call appears once.
func TestOutput(t *testing.T) {
	t.Setenv("MUTAGENT_DISABLED", "")
	want, err := os.ReadFile("testdata/output.txt")
	require.NoError(t, err)
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	got := id.ReplaceAllString(duration.ReplaceAllString(stdout.String(), "…"), "ID")
	assert.Equal(t, string(want), got)
}
