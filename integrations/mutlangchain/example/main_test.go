package main

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var duration = regexp.MustCompile(` [0-9.]+(µs|ms|s) `)

func TestExample(t *testing.T) {
	t.Setenv("MUTAGENT_DISABLED", "")
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	assert.Equal(t, `They cost 42 €.

agent support-agent ok
│ in  {"input":"What do seven of 6 € cost?"}
│ out {"output":"They cost 42 €."}
│ · agent.action input="7 * 6" tool=calculator
│ · agent.finish output.output="They cost 42 €."
├─ llm.chat chat toy-model ok [toy-model]
│    in  user: Answer the following questions as best you can. You have access to the following…
│    out assistant: I have to calculate.\nAction: calculator\nAction Input: 7 * 6
│    gen_ai.request.stop_sequences=["\nObservation:","\n\tObservation:"]
├─ tool calculator ok
│    in  7 * 6
│    out 42
└─ llm.chat chat toy-model ok [toy-model]
     in  user: Answer the following questions as best you can. You have access to the following…
     out assistant: I know it now.\nFinal Answer: They cost 42 €.
     gen_ai.request.stop_sequences=["\nObservation:","\n\tObservation:"]
`, duration.ReplaceAllString(stdout.String(), " "))
}
