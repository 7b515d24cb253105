package genai

import (
	"encoding/json"
	"testing"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// The same call has the same meaning in each convention.
func TestConventionsMeanTheSame(t *testing.T) {
	for name, s := range map[string]*trace.Span{
		"GenAI": {Attributes: trace.Attrs{
			"gen_ai.operation.name": "chat", "gen_ai.response.model": "m", "gen_ai.usage.input_tokens": int64(5), "gen_ai.usage.output_tokens": int64(2),
			"gen_ai.input.messages":  `[{"role":"user","parts":[{"type":"text","content":"hi"}]}]`,
			"gen_ai.output.messages": `[{"role":"assistant","parts":[{"type":"tool_call","id":"1","name":"f","arguments":{"a":1}}]}]`,
		}},
		"GenAI, structured": {Attributes: trace.Attrs{
			"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": int64(5), "gen_ai.usage.output_tokens": int64(2),
			"gen_ai.input.messages":  []any{map[string]any{"role": "user", "parts": []any{map[string]any{"type": "text", "content": "hi"}}}},
			"gen_ai.output.messages": []any{map[string]any{"role": "assistant", "parts": []any{map[string]any{"type": "tool_call", "id": "1", "name": "f", "arguments": `{"a":1}`}}}},
		}},
		"OpenInference": {Attributes: trace.Attrs{
			"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.token_count.prompt": int64(5), "llm.token_count.completion": int64(2),
			"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.contents.0.message_content.type": "text", "llm.input_messages.0.message.contents.0.message_content.text": "hi",
			"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.tool_calls.0.tool_call.id": "1",
			"llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "f", "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": `{"a":1}`,
		}},
		"OpenLLMetry": {Attributes: trace.Attrs{
			"llm.request.type": "chat", "gen_ai.request.model": "m", "gen_ai.usage.prompt_tokens": int64(5), "gen_ai.usage.completion_tokens": int64(2),
			"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi", "gen_ai.completion.0.role": "assistant",
			"gen_ai.completion.0.tool_calls.0.id": "1", "gen_ai.completion.0.tool_calls.0.name": "f", "gen_ai.completion.0.tool_calls.0.arguments": `{"a":1}`,
		}},
		"MutagenT": {
			Attributes: trace.Attrs{"mutagent.span.kind": "llm.chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": json.Number("5"), "gen_ai.usage.output_tokens": json.Number("2")},
			Input:      []byte(`"{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"`),
			Output:     []byte(`{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}]}`),
		},
		"Anthropic blocks": {
			Attributes: trace.Attrs{"mutagent.span.kind": "llm.chat", "model": "m", "inputTokens": json.Number("5"), "outputTokens": json.Number("2")},
			Input:      []byte(`[{"role":"user","content":[{"type":"text","text":"hi"}]}]`),
			Output:     []byte(`{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f","input":{"a":1}}]}`),
		},
	} {
		f := Facts(s)
		first, last := FirstWords(s)
		if f.Kind != "llm.chat" || f.Model != "m" || f.InputTokens != 5 || f.OutputTokens != 2 || first != "hi" || last != `f({"a":1})` {
			t.Errorf("%s: facts are %+v", name, f)
		}
		in, _ := json.Marshal(Input(s))
		out, _ := json.Marshal(Output(s))
		if want := `{"messages":[{"role":"user","parts":[{"type":"text","text":"hi"}]}]}`; string(in) != want {
			t.Errorf("%s: input is %s", name, in)
		}
		if want := `{"messages":[{"role":"assistant","parts":[{"type":"tool_call","tool":{"id":"1","name":"f","arguments":{"a":1}}}]}]}`; string(out) != want {
			t.Errorf("%s: output is %s", name, out)
		}
	}
}

func TestUnknownSpansStayAsTheyAre(t *testing.T) {
	s := &trace.Span{Attributes: trace.Attrs{"my.thing": "x"}}
	if f := Facts(s); f.Kind != "" || !Input(s).Empty() || !Output(s).Empty() {
		t.Errorf("made up %+v", f)
	}
	own := &trace.Span{Input: []byte(`{"text":"t","more":1}`)} // a JSON object of the program
	if got := Input(own); string(got.Raw) != `{"more":1,"text":"t"}` {
		t.Errorf("%+v", got)
	}
}

func TestNumberedKeysAreBounded(t *testing.T) {
	a := trace.Attrs{"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "a",
		"llm.input_messages.999999999999.message.content": "b", "llm.input_messages.0": "x", "llm.input_messages.": 1}
	if got := Input(&trace.Span{Attributes: a}); len(got.Messages) > 1 {
		t.Errorf("%+v", got)
	}
}
