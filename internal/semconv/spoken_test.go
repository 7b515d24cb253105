package semconv_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// The bodies of ADK were recorded with examples/adk; the others are the examples of the
// conventions.
func TestOneMessageAnEvent(t *testing.T) {
	for name, c := range map[string]struct{ events, in, out string }{
		"ADK": {
			`[{"Name":"gen_ai.system.message","Attributes":{"content":"Answer in one sentence."}},
			  {"Name":"gen_ai.user.message","Attributes":{"content":{"parts":[{"text":"Where is my order?"}],"role":"user"}}},
			  {"Name":"gen_ai.user.message","Attributes":{"content":{"parts":[{"functionCall":{"args":{"id":1042},"id":"c","name":"get_order"}}],"role":"model"}}},
			  {"Name":"gen_ai.user.message","Attributes":{"content":{"parts":[{"functionResponse":{"id":"c","name":"get_order","response":{"state":"sent"}}}],"role":"user"}}},
			  {"Name":"gen_ai.choice","Attributes":{"index":0,"content":{"parts":[{"text":"Hm.","thought":true},{"text":"It left."},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}],"role":"model"},"finish_reason":"STOP"}}]`,
			`[{"role":"system","parts":[{"type":"text","text":"Answer in one sentence."}]},
			  {"role":"user","parts":[{"type":"text","text":"Where is my order?"}]},
			  {"role":"assistant","parts":[{"type":"tool_call","tool":{"id":"c","name":"get_order","arguments":{"id":1042}}}]},
			  {"role":"user","parts":[{"type":"tool_result","tool":{"id":"c","name":"get_order","result":{"state":"sent"}}}]}]`,
			`[{"role":"assistant","finish":"stop","parts":[{"type":"reasoning","text":"Hm."},{"type":"text","text":"It left."},{"type":"blob","mimeType":"image/png","size":3,"text":"image/png · 3"}]}]`,
		},
		"ADK without content": {
			`[{"Name":"gen_ai.system.message","Attributes":{"content":"<elided>"}},{"Name":"gen_ai.choice","Attributes":{"content":"<elided>"}}]`, `null`, `null`,
		},
		"OpenTelemetry 1.36": {
			`[{"Name":"gen_ai.user.message","Attributes":{"content":"What's the weather in Paris?"}},
			  {"Name":"gen_ai.assistant.message","Attributes":{"tool_calls":[{"id":"c","type":"function","function":{"name":"get_weather","arguments":"{\"location\":\"Paris\"}"}}]}},
			  {"Name":"gen_ai.tool.message","Attributes":{"id":"c","content":"rainy, 57°F"}},
			  {"Name":"gen_ai.choice","Attributes":{"index":0,"finish_reason":"stop","message":{"content":"It is rainy."}}}]`,
			`[{"role":"user","parts":[{"type":"text","text":"What's the weather in Paris?"}]},
			  {"role":"assistant","parts":[{"type":"tool_call","tool":{"id":"c","name":"get_weather","arguments":{"location":"Paris"}}}]},
			  {"role":"tool","parts":[{"type":"tool_result","tool":{"id":"c","result":"rainy, 57°F"}}]}]`,
			`[{"role":"assistant","finish":"stop","parts":[{"type":"text","text":"It is rainy."}]}]`,
		},
		"OpenTelemetry 1.41": {
			`[{"Name":"gen_ai.client.inference.operation.details","Attributes":{
			   "gen_ai.system_instructions":[{"type":"text","content":"Be kind."}],
			   "gen_ai.input.messages":[{"role":"user","parts":[{"type":"text","content":"Hi"}]}],
			   "gen_ai.output.messages":[{"role":"assistant","parts":[{"type":"text","content":"Hello"}],"finish_reason":"stop"}]}}]`,
			`[{"role":"system","parts":[{"type":"text","text":"Be kind."}]},{"role":"user","parts":[{"type":"text","text":"Hi"}]}]`,
			`[{"role":"assistant","finish":"stop","parts":[{"type":"text","text":"Hello"}]}]`,
		},
	} {
		var events []semconv.Event
		require.NoError(t, json.Unmarshal([]byte(c.events), &events), name)
		for want, got := range map[string]semconv.IO{c.in: semconv.Attributes{}.Input(events...), c.out: semconv.Attributes{}.Output(events...)} {
			text, err := json.Marshal(got.Messages)
			require.NoError(t, err)
			assert.JSONEq(t, want, string(text), name)
		}
		for _, e := range events {
			assert.True(t, semconv.HoldsMessages(e.Name))
		}
	}
	assert.False(t, semconv.HoldsMessages("gen_ai.evaluation.result"))
	own := semconv.Attributes{"gen_ai.input.messages": `[{"role":"user","content":"Mine"}]`}
	assert.Equal(t, "Mine", own.Input(semconv.Event{Name: "gen_ai.user.message", Attributes: semconv.Attributes{"content": "Theirs"}}).Messages[0].Parts[0].Text)
}

// FuzzOneMessageAnEvent checks that no body of an event does harm.
func FuzzOneMessageAnEvent(f *testing.F) {
	f.Add("gen_ai.user.message", `{"content":{"parts":[{"functionCall":{"args":1}}],"role":"user"}}`)
	f.Add("gen_ai.choice", `{"message":{"content":[{"fileData":{"fileUri":"data:,"}}],"tool_calls":[{}]},"finish_reason":1}`)
	f.Add("gen_ai.tool.message", `{"id":1,"content":[{"type":"text"}]}`)
	f.Add("gen_ai.client.inference.operation.details", `{"gen_ai.input.messages":[{"role":"user","parts":{}}]}`)
	f.Fuzz(func(t *testing.T, name, body string) {
		e := semconv.Event{Name: name}
		if json.Unmarshal([]byte(body), &e.Attributes) != nil {
			return
		}
		before, err := json.Marshal(e.Attributes)
		require.NoError(t, err)
		_, err = json.Marshal([]semconv.IO{semconv.Attributes{}.Input(e), semconv.Attributes{}.Output(e)})
		require.NoError(t, err)
		after, err := json.Marshal(e.Attributes)
		require.NoError(t, err)
		assert.Equal(t, string(before), string(after), "attributes are read and not changed")
	})
}
