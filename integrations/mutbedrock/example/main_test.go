package main

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var duration = regexp.MustCompile(`\b[0-9.]+(µs|ms|s)\b`)

func TestExample(t *testing.T) {
	t.Setenv("MUTAGENT_DISABLED", "")
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	want, err := os.ReadFile("testdata/output.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), duration.ReplaceAllString(stdout.String(), "0s"))
}
