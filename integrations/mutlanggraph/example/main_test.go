package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var duration = regexp.MustCompile(` [0-9.]+(µs|ms|s) `)

// The order of parallel nodes may change; their lines stay the same.
func TestExample(t *testing.T) {
	t.Setenv("MUTAGENT_DISABLED", "")
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	want := `Sent on Monday, with you on Wednesday.

graph support ok
│ in  {"question":"Where is my order?"}
│ out {"answer":"Sent on Monday, with you on Wednesday.","arrives":"Wednesday","order"…
│ · edge from=warehouse to=answer
│ · edge from=carrier to=answer
├─ node read ok
│    in  {"question":"Where is my order?"}
│    out {"order":1042}
├─ node warehouse ok
│    in  {"order":1042,"question":"Where is my order?"}
│    out {"sent":"Monday"}
│    · INFO asking the warehouse order=1042
├─ node carrier ok
│    in  {"order":1042,"question":"Where is my order?"}
│    out {"arrives":"Wednesday"}
└─ node answer ok
     in  {"arrives":"Wednesday","order":1042,"question":"Where is my order?","sent":"Mond…
     out {"answer":"Sent on Monday, with you on Wednesday."}
`
	got := duration.ReplaceAllString(stdout.String(), " ")
	assert.ElementsMatch(t, strings.Split(want, "\n"), strings.Split(got, "\n"))
}
