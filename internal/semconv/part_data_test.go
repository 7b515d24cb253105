package semconv_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// A model's tool calls may have no message around them.
func TestTurns(t *testing.T) {
	io := semconv.IO{Messages: []semconv.Message{{Role: "user"}}, Tools: []semconv.ToolCall{{ID: "c", Name: "find", Arguments: 1}}}
	turns := io.Turns()
	require.Len(t, turns, 2)
	assert.Len(t, io.Messages, 1)
	assert.Equal(t, semconv.PartData{Type: "tool_call", ID: "c", Name: "find", Arguments: 1}, turns[1].Parts[0].Data())
	assert.Equal(t, "tool_call_response", semconv.Part{Type: "tool_result", Tool: &semconv.ToolCall{Result: 2}}.Data().Type)
	assert.Nil(t, semconv.IO{Text: "x", Raw: []byte("1")}.Only())
	assert.Nil(t, semconv.IO{}.Only())
	assert.Equal(t, json.RawMessage("1"), semconv.IO{Raw: []byte("1")}.Only())
}
