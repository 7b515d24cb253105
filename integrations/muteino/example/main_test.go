package main

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var duration = regexp.MustCompile(`(, first token)? [0-9.]+(µs|ms|s)\b`)

func TestExample(t *testing.T) {
	t.Setenv("MUTAGENT_DISABLED", "")
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	assert.Equal(t, `It arrives on Wednesday.

graph support-agent ok
│ in  user: Where is my order 1042?
│ out assistant: It arrives on Wednesday. (stop)
│ stream.items=3
├─ llm.chat ChatModel ok [30→4 tokens]
│    in  user: Where is my order 1042?
│    out assistant: orders({"id":1042}) (tool_call)
│    stream.items=2
├─ node Tools ok
│  │ in  assistant: orders({"id":1042}) (tool_call)
│  │ out tool: {"arrives":"Wednesday","id":1042}
│  │ stream.items=1
│  └─ tool orders ok
│       in  {"id":1042}
│       out {"arrives":"Wednesday","id":1042}
│       gen_ai.tool.call.id=call_1
└─ llm.chat ChatModel ok [41→6 tokens]
     in  user: Where is my order 1042?
         assistant: orders({"id":1042}) (tool_call)
         tool: {"arrives":"Wednesday","id":1042}
     out assistant: It arrives on Wednesday. (stop)
     stream.items=3
`, duration.ReplaceAllString(stdout.String(), ""))
}
