package genai

import (
	"net/url"
	"strings"

	"github.com/valyala/fastjson"
)

// A protocol is how one sort of call is written.
type protocol struct {
	provider  string // if the host does not tell
	operation string
	kind      string
	request   func(*Call, *fastjson.Value) bool    // false if it is something else
	answer    func(*Call, *fastjson.Value)         // in one piece
	event     func(*Call, string, *fastjson.Value) // of a stream; nil if the pieces look like answers
	noNumbers bool                                 // the answer's lists of numbers are of no interest
	form      bool                                 // the request may be one
	text      bool                                 // the answer may be plain text
}

// The kinds of package mutagent, which nothing in internal imports.
const (
	kindChat       = "llm.chat"
	kindCompletion = "llm.completion"
	kindEmbedding  = "llm.embedding"
	kindGuardrail  = "guardrail"
	kindCustom     = "custom"
)

// ends are the protocols by the end of their path. A longer end comes first.
var ends = []struct {
	path     string
	protocol *protocol
}{
	{"/chat/completions", openaiChat},
	{"/completions", openaiCompletion},
	{"/responses", openaiResponses},
	{"/embeddings", openaiEmbeddings},
	{"/moderations", openaiModeration},
	{"/images/generations", openaiImages},
	{"/images/edits", openaiImages},
	{"/images/variations", openaiImages},
	{"/audio/speech", openaiSpeech},
	{"/audio/transcriptions", openaiTranscription},
	{"/audio/translations", openaiTranscription},
	{"/messages", anthropicMessages},
	{"/api/chat", ollamaChat},
	{"/api/generate", ollamaGenerate},
	{"/api/embed", ollamaEmbed},
}

// methods are the protocols by what follows the last colon of the path.
var methods = map[string]*protocol{
	"generateContent":       gemini,
	"streamGenerateContent": gemini,
	"embedContent":          geminiEmbed,
	"batchEmbedContents":    geminiEmbed,
	"rawPredict":            anthropicMessages, // on Vertex AI
	"streamRawPredict":      anthropicMessages,
}

// Recognise returns a call of the service at u, as far as the address tells, or
// nil if it tells of none. The request's body has the last word.
func Recognise(u *url.URL) *Call {
	p, model, method := recognise(u.Path)
	if p == nil {
		return nil
	}
	return &Call{
		Stream:    strings.HasPrefix(method, "stream") || strings.HasSuffix(method, "stream"),
		protocol:  p,
		Operation: p.operation,
		Kind:      p.kind,
		Provider:  provider(u, p.provider),
		Asked:     model,
	}
}

// recognise returns the protocol of a path, and the model and method that some
// paths name.
func recognise(path string) (_ *protocol, model, method string) {
	for _, e := range ends {
		if strings.HasSuffix(path, e.path) {
			return e.protocol, deployment(path), ""
		}
	}
	if i := strings.LastIndexByte(path, ':'); i >= 0 {
		if p := methods[path[i+1:]]; p != nil {
			return p, path[strings.LastIndexByte(path[:i], '/')+1 : i], path[i+1:]
		}
	}
	if rest, ok := strings.CutPrefix(path, "/model/"); ok { // on Bedrock
		if model, method, _ := strings.Cut(rest, "/"); method == "invoke" || method == "invoke-with-response-stream" {
			return anthropicMessages, model, method
		}
	}
	return nil, "", ""
}

// deployment is what Azure's paths have in place of a model.
func deployment(path string) string {
	_, rest, _ := strings.Cut(path, "/openai/deployments/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}
