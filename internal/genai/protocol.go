package genai

import "github.com/valyala/fastjson"

// A protocol reads and describes one type of call.
type protocol struct {
	operation string
	kind      string
	request   func(*Call, *fastjson.Value) bool    // returns false if the request is of another type
	answer    func(*Call, *fastjson.Value)         // a whole answer
	event     func(*Call, string, *fastjson.Value) // an event of a stream; nil if the events have the form of answers
	noNumbers bool                                 // leave out lists of numbers in the answer
	form      bool                                 // the request may be a form
	text      bool                                 // the answer may be plain text
	asks      bool                                 // a stream reports its usage only on request
}

// The kinds of package mutagent, which internal packages do not import.
const (
	kindChat       = "llm.chat"
	kindCompletion = "llm.completion"
	kindEmbedding  = "llm.embedding"
	kindRerank     = "rerank"
	kindRetrieval  = "retrieval"
	kindGuardrail  = "guardrail"
	kindCustom     = "custom"
)

// either returns a protocol that is one of several. The request's body determines
// which.
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

// speak sets the protocol of the call.
func (c *Call) speak(p *protocol) {
	c.protocol, c.Operation, c.Kind = p, p.operation, p.kind
}
