package main

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var duration = regexp.MustCompile(` [0-9.]+(ns|µs|ms|s) `)

func TestSessions(t *testing.T) {
	t.Setenv("MUTAGENT_DISABLED", "")
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	got := duration.ReplaceAllString(stdout.String(), " ")
	assert.Contains(t, got, "session chat-42, user ann, tags [beta]: 2 spans\nsession chat-42, user ann, tags [beta]: 2 spans\n")
	assert.Contains(t, got, `agent support-agent ok
│ in  Can I return it?
│ tenant=lamps
└─ llm.chat chat ok
     tenant=lamps
`)
	assert.NotContains(t, got, "judge")
}
