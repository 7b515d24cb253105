package genai

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"

	"github.com/valyala/fastjson"
)

// cited holds the sources of an answer. Each is kept once, however often a stream
// repeats it.
type cited struct {
	sources []json.RawMessage // in the provider's form
	queries []json.RawMessage // queries of searches
	reason  string            // a sentence on why the answer ended
}

// maxCited bounds the sources and the queries.
const maxCited = 256

// cite adds the sources in a list.
func (c *Call) cite(list []*fastjson.Value) {
	for _, v := range list {
		c.answer.cited.sources = keepOnce(c.answer.cited.sources, v)
	}
}

// searched adds the queries in a list.
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

// Quoted returns attributes that quote the conversation. Not every user wants them
// recorded.
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
