package main

import (
	"bytes"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
)

var duration = regexp.MustCompile(` [0-9.]+(µs|ms|s) `)

func TestLowlevel(t *testing.T) {
	t.Setenv("MUTAGENT_API_KEY", "")
	t.Setenv("MUTAGENT_DISABLED", "")
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	assert.Equal(t, `chain my-pipeline ok [gpt-4o, 150→50 tokens]
│ in  user query here
│ out pipeline result
└─ retrieval lookup ok
`, duration.ReplaceAllString(stdout.String(), " "))
}

func TestLowlevelWithKey(t *testing.T) {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()
	t.Setenv("MUTAGENT_API_KEY", "mt_test")
	t.Setenv("MUTAGENT_DISABLED", "")
	t.Setenv("MUTAGENT_ENDPOINT", server.URL)
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	assert.Empty(t, stdout.String())
	assert.Len(t, rec.Spans(), 2)
}
