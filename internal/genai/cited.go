package genai

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"

	"github.com/valyala/fastjson"
)

// cited is what an answer says that it rests on. Each is there once, however often
// the pieces of a stream repeat it.
type cited struct {
	sources []json.RawMessage // as the provider tells of them
	queries []json.RawMessage // that were searched for
	reason  string            // why the answer ended, in a sentence
}

// maxCited is more than anybody would look up.
const maxCited = 256

// cite keeps the sources in a list.
func (c *Call) cite(list []*fastjson.Value) {
	for _, v := range list {
		c.answer.cited.sources = keepOnce(c.answer.cited.sources, v)
	}
}

// searched keeps the queries in a list.
func (c *Call) searched(list []*fastjson.Value) {
	for _, v := range list {
		c.answer.cited.queries = keepOnce(c.answer.cited.queries, v)
	}
}

func keepOnce(kept []json.RawMessage, v *fastjson.Value) []json.RawMessage {
	told := raw(v)
	same := func(other json.RawMessage) bool { return bytes.Equal(told, other) }
	if told == nil || len(kept) == maxCited || slices.ContainsFunc(kept, same) {
		return kept
	}
	return append(kept, told)
}

// Quoted returns attributes that quote the conversation, which not everybody wants
// to be recorded.
func (c *Call) Quoted() []slog.Attr {
	said := &c.answer.cited
	var attrs []slog.Attr
	if said.sources != nil {
		attrs = append(attrs, slog.Any("mutllm.citations", said.sources))
	}
	if said.queries != nil {
		attrs = append(attrs, slog.Any("mutllm.search_queries", said.queries))
	}
	if said.reason != "" {
		attrs = append(attrs, slog.String("mutllm.finish_message", said.reason))
	}
	return attrs
}
