package main

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	duration = regexp.MustCompile(` [0-9.]+(ns|µs|ms|s) `)
	first    = regexp.MustCompile(`first token [0-9.]+(ns|µs|ms|s)`)
)

func TestStreaming(t *testing.T) {
	t.Setenv("MUTAGENT_DISABLED", "")
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	got := first.ReplaceAllString(duration.ReplaceAllString(stdout.String(), " "), "first token …")
	assert.Equal(t, "Your order has left. \n\n"+`llm.chat chat toy-model ok [first token …]
  out Your order has left. 
  stream.items=4
`, got)
}
