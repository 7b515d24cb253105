package main

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var duration = regexp.MustCompile(` [0-9.]+(µs|ms|s) `)

func TestWrap(t *testing.T) {
	t.Setenv("MUTAGENT_DISABLED", "")
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	assert.Equal(t, `agent agent.Answer ok
│ in  {"orders":[7,8],"text":"Where is my order?"}
│ out look up each order: done
├─ chain plan ok
│    out look up each order
├─ tool orders ok
│    in  7
└─ tool orders error: no such order
     in  8
     error.type=*errors.errorString
`, duration.ReplaceAllString(stdout.String(), " "))
}
