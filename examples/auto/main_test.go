package main

import (
	"bytes"
	"io"
	"log"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAgent(t *testing.T) {
	log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	assert.Contains(t, stdout.String(), "it arrives on Wednesday")
}
