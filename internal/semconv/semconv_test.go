package semconv_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// The attributes of ADK and Genkit in this file were recorded with examples/adk and
// examples/genkit.

func TestGenkit(t *testing.T) {
	model := semconv.Attributes{
		"genkit:type": "action", "genkit:metadata:subtype": "model", "genkit:name": "googleai/gemini-2.5-flash",
		"genkit:input": `{"messages":[{"role":"system","content":[{"text":"Be kind."}]},{"role":"user","content":[{"text":"Hi"},{"media":{"url":"data:image/png;base64,AAAA","contentType":"image/png"}}]},
			{"role":"model","content":[{"toolRequest":{"ref":"c","name":"find","input":{"q":1}}}]},{"role":"tool","content":[{"toolResponse":{"ref":"c","name":"find","output":{"n":2}}}]}]}`,
		"genkit:output": `{"message":{"role":"model","content":[{"reasoning":"Well."},{"text":"Two."}]},"finishReason":"stop","usage":{"inputTokens":3,"outputTokens":2,"thoughtsTokens":1}}`,
	}
	assert.Equal(t, "llm.chat", model.Kind())
	assert.True(t, model.Model())
	assert.Equal(t, "gcp.gemini", model.Provider())
	assert.Equal(t, "gemini-2.5-flash", model.ModelName())
	assert.Equal(t, semconv.Usage{InputTokens: 3, OutputTokens: 2, ReasoningTokens: 1}, model.Usage())
	in, err := json.Marshal(model.Input())
	require.NoError(t, err)
	assert.JSONEq(t, `{"messages":[{"role":"system","parts":[{"type":"text","text":"Be kind."}]},
		{"role":"user","parts":[{"type":"text","text":"Hi"},{"type":"blob","mimeType":"image/png","size":19,"text":"image/png · 19"}]},
		{"role":"assistant","parts":[{"type":"tool_call","tool":{"id":"c","name":"find","arguments":{"q":1}}}]},
		{"role":"tool","parts":[{"type":"tool_result","tool":{"id":"c","name":"find","result":{"n":2}}}]}]}`, string(in))
	out, err := json.Marshal(model.Output())
	require.NoError(t, err)
	assert.JSONEq(t, `{"messages":[{"role":"assistant","finish":"stop","parts":[{"type":"reasoning","text":"Well."},{"type":"text","text":"Two."}]}]}`, string(out))

	tool := semconv.Attributes{"genkit:type": "action", "genkit:metadata:subtype": "tool.v2", "genkit:input": `{"id":1}`, "genkit:output": `{"output":{"state":"sent"}}`}
	assert.Equal(t, "tool", tool.Kind())
	assert.JSONEq(t, `{"id":1}`, string(tool.Input().Raw))
	assert.JSONEq(t, `{"state":"sent"}`, string(tool.Output().Raw))
	assert.Equal(t, "", tool.ModelName(), "a tool is no model")

	flow := semconv.Attributes{"genkit:metadata:subtype": "flow", "genkit:input": `"Where?"`}
	assert.Equal(t, "workflow", flow.Kind())
	assert.Equal(t, "Where?", flow.Input().Text)
}

func TestADK(t *testing.T) {
	assert.Equal(t, "agent", semconv.Attributes{"gen_ai.operation.name": "invoke_agent"}.Kind())
	assert.Equal(t, "node", semconv.Attributes{"gen_ai.operation.name": "invoke_node"}.Kind())
	tool := semconv.Attributes{"gen_ai.operation.name": "execute_tool", "gcp.vertex.agent.tool_call_args": `{"id":1042}`, "gcp.vertex.agent.tool_response": `{"state":"sent"}`}
	assert.Equal(t, "tool", tool.Kind())
	assert.JSONEq(t, `{"id":1042}`, string(tool.Input().Raw))
	assert.JSONEq(t, `{"state":"sent"}`, string(tool.Output().Raw))
}

// TestPayload checks which keys are input or output, and so are not shown elsewhere. A
// name that only begins like one is an attribute of the program.
func TestPayload(t *testing.T) {
	for key, want := range map[string]bool{
		"gen_ai.input.messages": true, "llm.output_messages.0.message.role": true, "gen_ai.prompt": true, "gen_ai.prompt.0.role": true,
		"retrieval.documents.0.document.content": true, "genkit:input": true, "mutagent.output": true,
		"gen_ai.prompt_version": false, "input": false, "gen_ai.usage.input_tokens": false,
	} {
		assert.Equal(t, want, semconv.Payload(key), key)
	}
}

// A URI is whole: a signed one is longer than what is said of it. A file in one is not
// kept.
func TestURI(t *testing.T) {
	uri := "https://files.test/" + strings.Repeat("x", 1000)
	in := semconv.Attributes{"gen_ai.input.messages": `[{"role":"user","parts":[{"type":"uri","uri":"` + uri + `"}]}]`}.Input()
	part := in.Messages[0].Parts[0]
	assert.Equal(t, uri, part.URI)
	assert.Less(t, len(part.Text), 300)

	in = semconv.Attributes{"gen_ai.input.messages": `[{"role":"user","parts":[{"type":"uri","uri":"data:image/png;base64,` + strings.Repeat("x", 1000) + `"}]}]`}.Input()
	part = in.Messages[0].Parts[0]
	assert.Empty(t, part.URI)
	assert.Positive(t, part.Size)
}

// Who reads attributes does not change them.
func TestAttributesAreRead(t *testing.T) {
	made := func() semconv.Attributes {
		return semconv.Attributes{
			"llm.input_messages.0":  map[string]any{"message": map[string]any{"role": "user", "content": "Hi"}},
			"retrieval.documents.0": map[string]any{"document": map[string]any{"content": "doc", "metadata": `{"page":1}`}},
		}
	}
	a := made()
	assert.Len(t, a.Input().Messages, 1)
	assert.Len(t, a.Output().Documents, 1)
	assert.Equal(t, made(), a)
}

func TestMessagesInEvents(t *testing.T) {
	event := semconv.Event{Name: "gen_ai.content.prompt", Attributes: semconv.Attributes{"gen_ai.prompt": `[{"role":"user","content":"Hi"}]`}}
	in := semconv.Attributes{}.Input(event)
	require.Len(t, in.Messages, 1)
	assert.Equal(t, "Hi", in.Messages[0].Parts[0].Text)
	assert.True(t, semconv.Attributes{}.Output(event).Empty())
}

// FuzzAttributes checks that any value under a name of the conventions can be read, and
// shown as JSON.
func FuzzAttributes(f *testing.F) {
	f.Add("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"blob","content":"AA"}]}]`)
	f.Add("genkit:output", `{"message":{"role":"model","content":[{"media":{"url":"data:"}}]},"usage":{"inputTokens":1e400}}`)
	f.Add("llm.input_messages.0.message.tool_calls.0.tool_call.function.name", "x")
	f.Add("retrieval.documents.0.document.metadata", `[[`)
	f.Add("gen_ai.prompt.99999999999999999999.role", "user")
	f.Fuzz(func(t *testing.T, key, value string) {
		a := semconv.Attributes{key: value, "genkit:metadata:subtype": "model", "llm.output_messages.0.message.role": "assistant"}
		_, _, _, _, _ = a.Kind(), a.Usage(), a.Tags(), a.ModelName(), a.Provider()
		_, err := json.Marshal([]semconv.IO{a.Input(), a.Output(), semconv.ParseIO([]byte(value))})
		require.NoError(t, err)
	})
}
