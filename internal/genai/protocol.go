package genai

import "github.com/valyala/fastjson"

// A protocol is how one sort of call is written.
type protocol struct {
	operation string
	kind      string
	request   func(*Call, *fastjson.Value) bool    // false if it is something else
	answer    func(*Call, *fastjson.Value)         // in one piece
	event     func(*Call, string, *fastjson.Value) // of a stream; nil if the pieces look like answers
	noNumbers bool                                 // the answer's lists of numbers are of no interest
	form      bool                                 // the request may be one
	text      bool                                 // the answer may be plain text
	asks      bool                                 // a stream tells what it used only if it is asked to
}

// The kinds of package mutagent, which nothing in internal imports.
const (
	kindChat       = "llm.chat"
	kindCompletion = "llm.completion"
	kindEmbedding  = "llm.embedding"
	kindRerank     = "rerank"
	kindRetrieval  = "retrieval"
	kindGuardrail  = "guardrail"
	kindCustom     = "custom"
)

// either returns what is one of several protocols. The request's body tells which.
func either(protocols ...*protocol) *protocol {
	first := protocols[0]
	return &protocol{operation: first.operation, kind: first.kind, answer: anyAnswer, request: func(c *Call, v *fastjson.Value) bool {
		for _, p := range protocols {
			if p.request(c, v) {
				c.speak(p)
				return true
			}
		}
		return false
	}}
}

// speak settles how the call is written.
func (c *Call) speak(p *protocol) {
	c.protocol, c.Operation, c.Kind = p, p.operation, p.kind
}
