package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The JSON of chat completions, as far as it is needed here.
type (
	request struct {
		Model    string    `json:"model"`
		Messages []message `json:"messages"`
		Stream   bool      `json:"stream,omitempty"`
	}
	message struct {
		Role       string     `json:"role,omitempty"`
		Content    string     `json:"content,omitempty"`
		ToolCalls  []toolCall `json:"tool_calls,omitempty"`
		ToolCallID string     `json:"tool_call_id,omitempty"`
	}
	toolCall struct {
		ID       string   `json:"id"`
		Type     string   `json:"type"`
		Function function `json:"function"`
	}
	function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	}
	// A response is a whole one, or a chunk of a stream.
	response struct {
		Choices []choice `json:"choices"`
		Usage   *usage   `json:"usage,omitempty"`
	}
	choice struct {
		Message      message `json:"message,omitzero"`
		Delta        message `json:"delta,omitzero"` // of a chunk
		FinishReason string  `json:"finish_reason,omitempty"`
	}
	usage struct {
		PromptTokens     int64 `json:"prompt_tokens"`
		CompletionTokens int64 `json:"completion_tokens"`
		TotalTokens      int64 `json:"total_tokens"`
	}
)

// A model is a server with a very small language model. It asks for the order that
// the question is about, and then tells what it learned.
type model struct{}

func (model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var req request
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil || len(req.Messages) == 0 {
		http.Error(w, "no conversation", http.StatusBadRequest)
		return
	}
	time.Sleep(40 * time.Millisecond) // thinking
	if req.Stream {
		streamReply(w, &req)
		return
	}
	call := toolCall{ID: "call_1", Type: "function", Function: function{"orders", `{"id":1042}`}}
	ask := message{Role: "assistant", ToolCalls: []toolCall{call}}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(response{
		Choices: []choice{{Message: ask, FinishReason: "tool_calls"}},
		Usage:   count(&req, `orders {"id":1042}`),
	})
}

const answer = "Your order 1042 left the warehouse on Monday, so it arrives on Wednesday."

func streamReply(w http.ResponseWriter, req *request) {
	w.Header().Set("Content-Type", "text/event-stream")
	send(w, response{Choices: []choice{{Delta: message{Role: "assistant"}}}})
	for word := range strings.SplitAfterSeq(answer, " ") {
		send(w, response{Choices: []choice{{Delta: message{Content: word}}}})
		time.Sleep(5 * time.Millisecond) // and so it writes, word by word
	}
	send(w, response{Choices: []choice{{FinishReason: "stop"}}})
	send(w, response{Choices: []choice{}, Usage: count(req, answer)})
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func send(w http.ResponseWriter, chunk response) {
	data, _ := json.Marshal(chunk) // it holds nothing that could not be
	fmt.Fprintf(w, "data: %s\n\n", data)
	w.(http.Flusher).Flush()
}

// count takes each word for a token.
func count(req *request, reply string) *usage {
	var words int
	for _, m := range req.Messages {
		words += len(strings.Fields(m.Content))
	}
	in, out := int64(words), int64(len(strings.Fields(reply)))
	return &usage{PromptTokens: in, CompletionTokens: out, TotalTokens: in + out}
}
