// Package matrix checks that a traced program behaves like the untraced one.
//
// It runs a client library through the cases of a call: a plain answer, a stream,
// tools, errors and retries, a cut connection, a caller that cancels or stops reading.
// Each case runs untraced and traced, and the caller and the server must see the same.
// The trace is compared with a golden file.
package matrix

import (
	"net/http"
	"testing"

	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// A Client has the calls of a library's client that the matrix uses. The recordings of
// its [API] answer them.
type Client struct {
	Plain, Tools, Stream, ToolsStream Call

	// Forgotten is Stream for a caller that forgets to close. It is nil if the library
	// closes streams itself.
	Forgotten Call
}

// A Connect function returns a client for the server at url that sends requests with h.
// It may change h.
type Connect func(t *testing.T, url string, h *http.Client) Client

// Tapped returns a connect function whose client uses a [mutllm.Transport].
func Tapped(connect Connect) Connect {
	return func(t *testing.T, url string, h *http.Client) Client {
		h.Transport = &mutllm.Transport{Base: h.Transport}
		return connect(t, url, h)
	}
}

// An API names the recordings that answer a library's calls.
type API struct {
	Name                              string // name of the folder with the golden files
	Plain, Tools, Stream, ToolsStream string
	StreamError                       string // fails after it has begun
	Error400, Error429, Error500      string
}

// The APIs with recordings.
var (
	OpenAIChat = API{
		"openai_chat",
		"openai/chat", "openai/chat-tools", "openai/chat-stream", "openai/chat-tools-stream", "openai/chat-stream-error",
		"openai/error-400", "openai/error-429", "openai/error-500",
	}
	OpenAIResponses = API{
		"openai_responses",
		"openai/responses", "openai/responses-tools", "openai/responses-stream", "openai/responses-tools-stream", "openai/responses-stream-failed",
		"openai/error-400", "openai/error-429", "openai/error-500",
	}
	Anthropic = API{
		"anthropic",
		"anthropic/messages", "anthropic/messages-tools", "anthropic/messages-stream", "anthropic/messages-tools-stream", "anthropic/messages-stream-error",
		"anthropic/error-400", "anthropic/error-429", "anthropic/error-500",
	}
	Gemini = API{
		"gemini",
		"gemini/generate", "gemini/generate-tools", "gemini/stream", "gemini/stream-tools", "gemini/stream-error",
		"gemini/error-400", "gemini/error-429", "gemini/error-500",
	}
	Ollama = API{
		"ollama",
		"ollama/chat", "ollama/chat-tools", "ollama/chat-stream", "ollama/chat-tools-stream", "ollama/chat-stream-error",
		"ollama/error-400", "ollama/error-429", "ollama/error-500",
	}
)

// Run runs a library through the matrix, each case in a subtest. The traces are
// compared with testdata/<the API's name>/<the case's name>.tree.
func Run(t *testing.T, api API, untraced, traced Connect) {
	for _, c := range cases(api) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.compare(t, api, untraced, traced)
		})
	}
}

// RunForgotten runs a library through the cases of a stream that nobody closes.
func RunForgotten(t *testing.T, api API, untraced, traced Connect) {
	c := course{
		name:   "stream_forgotten",
		call:   func(c Client) Call { return c.Forgotten },
		script: []llmtest.Step{llmtest.Play(api.Stream).HoldAfter(1, nil)},
		first:  forget,
	}
	t.Run(c.name, func(t *testing.T) { c.compare(t, api, untraced, traced) })
}

// A course is a case: what the server does, and what the caller does after the first
// piece.
type course struct {
	name   string
	ctx    contexts
	call   func(Client) Call
	script []llmtest.Step
	first  reaction
}

func cases(api API) []course {
	plain := func(c Client) Call { return c.Plain }
	tools := func(c Client) Call { return c.Tools }
	stream := func(c Client) Call { return c.Stream }
	toolsStream := func(c Client) Call { return c.ToolsStream }
	play := func(names ...string) (script []llmtest.Step) {
		for _, name := range names {
			script = append(script, llmtest.Play(name))
		}
		return script
	}
	never := []llmtest.Step{llmtest.Play(api.Stream).HoldAfter(1, nil)}
	return []course{
		{name: "plain", call: plain, script: play(api.Plain)},
		{name: "tools", call: tools, script: play(api.Tools)},
		{name: "stream", call: stream, script: play(api.Stream), first: goOn},
		{name: "tools_stream", call: toolsStream, script: play(api.ToolsStream), first: goOn},
		{name: "error_400", call: plain, script: play(api.Error400)},
		{name: "error_429_thrice", call: plain, script: play(api.Error429, api.Error429, api.Error429)},
		{name: "error_500_once", call: plain, script: play(api.Error500, api.Plain)},
		{name: "stream_error_429_once", call: stream, script: play(api.Error429, api.Stream)},
		{name: "stream_error_400", call: stream, script: play(api.Error400)},
		{name: "stream_error_event", call: stream, script: play(api.StreamError)},
		{name: "stream_cut", call: stream, script: []llmtest.Step{llmtest.Play(api.Stream).CutAfter(2)}},
		{name: "stream_cancelled", call: stream, script: never, first: cancel},
		{name: "stream_closed_early", call: stream, script: never, first: leave},
		{name: "plain_without_span", ctx: noSpan, call: plain, script: play(api.Plain)},
		{name: "stream_without_span", ctx: noSpan, call: stream, script: play(api.Stream), first: goOn},
		{name: "plain_tracing_off", ctx: off, call: plain, script: play(api.Plain)},
		{name: "stream_tracing_off", ctx: off, call: stream, script: play(api.Stream), first: goOn},
	}
}
