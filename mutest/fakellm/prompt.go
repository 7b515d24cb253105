package fakellm

import (
	"encoding/json"
	"net/http"
	"strings"
)

// A prompt is what the fake must know of a request.
type prompt struct {
	model  string
	words  int // of all messages
	stream bool
	usage  bool // the stream is to end with usage, which OpenAI sends only if asked
}

// readMessages reads a request of OpenAI, Anthropic or Ollama. They differ in
// whether they stream if the request does not say.
func readMessages(streamByDefault bool) func(*http.Request, []byte) (prompt, error) {
	return func(_ *http.Request, body []byte) (prompt, error) {
		req := struct {
			Model         string
			System        any // Anthropic's
			Messages      any
			Stream        bool
			StreamOptions struct {
				IncludeUsage bool `json:"include_usage"`
			} `json:"stream_options"`
		}{Stream: streamByDefault}
		err := json.Unmarshal(body, &req)
		words := countWords("content", req.System) + countWords("", req.Messages)
		return prompt{req.Model, words, req.Stream, req.StreamOptions.IncludeUsage}, err
	}
}

// readContents reads a request of Gemini, which has the model and the method in its
// path.
func readContents(r *http.Request, body []byte) (prompt, error) {
	var req struct {
		SystemInstruction any
		Contents          any
	}
	err := json.Unmarshal(body, &req)
	model, method, _ := strings.Cut(r.PathValue("call"), ":")
	words := countWords("", req.SystemInstruction) + countWords("", req.Contents)
	return prompt{model, words, method == "streamGenerateContent", true}, err
}

// countWords counts the words in what stands under the keys content and text.
func countWords(key string, v any) (words int) {
	switch v := v.(type) {
	case string:
		if key == "content" || key == "text" {
			words = len(strings.Fields(v))
		}
	case []any:
		for _, item := range v {
			words += countWords("", item)
		}
	case map[string]any:
		for key, value := range v {
			words += countWords(key, value)
		}
	}
	return words
}
