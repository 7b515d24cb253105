// Package fakellm is a scripted model server, for examples and tests without a network:
//
//	model := fakellm.Serve(
//		fakellm.Reply{ToolCalls: []fakellm.ToolCall{{Name: "get_order", Arguments: `{"id":1042}`}}},
//		fakellm.Reply{Status: http.StatusTooManyRequests},
//		fakellm.Reply{Text: "Your order 1042 left on Monday."},
//	)
//	defer model.Close()
//	client := openai.NewClient(option.WithBaseURL(model.URL+"/v1"), option.WithAPIKey("none"))
//
// It supports the chat protocols of four providers, with and without streaming:
//
//	POST /v1/chat/completions            OpenAI
//	POST /v1/messages                    Anthropic
//	POST /v1beta/models/…:generateContent, …:streamGenerateContent?alt=sse   Gemini
//	POST /api/chat                       Ollama
//
// The replies follow the script, whatever the request asks. A stream sends each word as
// a chunk.
package fakellm

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// A Reply is the model's answer to one request.
type Reply struct {
	Text      string
	ToolCalls []ToolCall

	// Status makes the reply an error in the provider's form, such as 429 or 500, with
	// Text as its message. Clients that retry are told to do so immediately.
	Status int

	// Tokens default to the number of words in the request's messages and in the
	// reply.
	InputTokens, OutputTokens int

	Delay time.Duration // before the first byte
}

// A ToolCall is the model's request to run a tool.
type ToolCall struct {
	ID        string // "call_1" and so on by default
	Name      string
	Arguments string // a JSON object, "{}" by default
}

// A Model is an HTTP server on a loopback port. Its methods are safe for
// concurrent use.
type Model struct {
	URL string // of the root: "http://127.0.0.1:port"

	server *httptest.Server

	mu      sync.Mutex
	script  []Reply // guarded by mu; what is still to come
	replied int     // guarded by mu
}

// Serve starts a model that gives the replies in order. The caller must close it. A
// request after the last reply gets status 400 and a message that says so.
func Serve(replies ...Reply) *Model {
	m := &Model{script: replies}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", m.handle(openAI))
	mux.HandleFunc("POST /v1/messages", m.handle(anthropic))
	mux.HandleFunc("POST /v1beta/models/{call}", m.handle(gemini))
	mux.HandleFunc("POST /api/chat", m.handle(ollama))
	m.server = httptest.NewServer(mux)
	m.URL = m.server.URL
	return m
}

// Close stops the server after all requests have been answered.
func (m *Model) Close() { m.server.Close() }

// A protocol is a provider's form of requests and answers.
type protocol struct {
	read   func(*http.Request, []byte) (prompt, error)
	whole  func(answer) any
	stream func(answer, *stream)
	failed func(status int, message string) any
}

func (m *Model) handle(p protocol) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client has gone
		}
		asked, err := p.read(r, body)
		if err != nil {
			message := "fakellm: the request is no JSON of this protocol: " + err.Error()
			writeJSON(w, http.StatusBadRequest, p.failed(http.StatusBadRequest, message))
			return
		}
		a := m.next(asked)
		select {
		case <-time.After(a.Delay):
		case <-r.Context().Done():
			return
		}
		switch {
		case a.Status != 0:
			w.Header().Set("Retry-After-Ms", "1")
			writeJSON(w, a.Status, p.failed(a.Status, a.Text))
		case asked.stream:
			p.stream(a, &stream{w: w})
		default:
			writeJSON(w, http.StatusOK, p.whole(a))
		}
	}
}

// An answer is a Reply with everything that its protocols need.
type answer struct {
	Reply
	prompt
	id string
}

func (m *Model) next(asked prompt) answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.replied++
	a := answer{prompt: asked, id: fmt.Sprint("reply_", m.replied)}
	if len(m.script) == 0 {
		a.Status, a.Text = http.StatusBadRequest, "fakellm: the script has no more replies"
		return a
	}
	a.Reply, m.script = m.script[0], m.script[1:]
	a.complete()
	return a
}

// complete fills in what the script left out.
func (a *answer) complete() {
	if a.Status != 0 && a.Text == "" {
		a.Text = http.StatusText(a.Status)
	}
	calls := make([]ToolCall, len(a.ToolCalls))
	words := len(strings.Fields(a.Text))
	for i, c := range a.ToolCalls {
		if c.ID == "" {
			c.ID = fmt.Sprint("call_", i+1)
		}
		if c.Arguments == "" {
			c.Arguments = "{}"
		}
		words += len(strings.Fields(c.Name + " " + c.Arguments))
		calls[i] = c
	}
	a.ToolCalls = calls
	if a.InputTokens == 0 {
		a.InputTokens = a.words
	}
	if a.OutputTokens == 0 {
		a.OutputTokens = words
	}
}

// pieces are the chunks of a streamed text.
func (a *answer) pieces() []string {
	if a.Text == "" {
		return nil
	}
	return strings.SplitAfter(a.Text, " ")
}

// ended returns one of a protocol's two reasons to end a reply.
func (a *answer) ended(text, calls string) string {
	if len(a.ToolCalls) > 0 {
		return calls
	}
	return text
}
