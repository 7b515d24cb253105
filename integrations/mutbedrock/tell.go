package mutbedrock

import (
	"bytes"
	"log/slog"
	"strings"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/price"
)

// named returns the data of the span that is known before the request is written.
func (c *call) named() mutagent.SpanOptions {
	r := c.read
	return mutagent.SpanOptions{Kind: mutagent.Kind(r.Kind), Name: r.Name(), Attributes: r.RequestAttributes()}
}

// asked returns the data of the span in the body of the request. A body that is not
// JSON is described by its size.
func (c *call) asked(body *genai.Excerpt) mutagent.SpanOptions {
	known := c.read.Request(body)
	c.read.Asked = c.op.model // regardless of the model in the body
	opts := c.named()
	if known {
		opts.Input = ioOf(c.read.Input)
	} else if n := len(c.op.body); n > 0 {
		opts.Input = mutagent.IO{Messages: []mutagent.Message{{Role: "user", Parts: []mutagent.Part{{Type: "blob", Size: int64(n)}}}}}
	}
	if c.read.Tools != nil {
		opts.Attributes = append(opts.Attributes, slog.Any("gen_ai.tool.definitions", c.read.Tools))
	}
	return opts
}

// told returns the data that is known when the call ends.
func (c *call) told() mutagent.EndOptions {
	r, u := c.read, &c.read.Usage
	cost := c.cost()
	c.span.SetAttributes(append(append(r.AnswerAttributes(), r.Quoted()...), cost.Attrs...)...)
	model := r.Model
	if model == "" {
		model = r.Asked
	}
	return mutagent.EndOptions{Output: ioOf(r.Output()), Metrics: mutagent.Metrics{
		Model: model, Provider: r.Provider, TimeToFirstToken: c.first,
		InputTokens: u.Input, OutputTokens: u.Output, TotalTokens: u.Total,
		CachedInputTokens: u.CacheRead, CacheWriteTokens: u.CacheWrite, ReasoningTokens: u.Reasoning,
		CostUSD: cost.USD, Free: cost.Known && cost.USD == 0,
	}}
}

// cost returns the cost of the call. Some models do not count cached tokens.
func (c *call) cost() price.Cost {
	sold := c.read.Sale(c.began)
	sold.Seller = "aws" // at any address
	switch u := &sold.Usage; {
	case c.op.stream && !c.read.Done():
		u.Uncounted = "the answer broke off"
	case u.CacheRead+u.CacheWrite == 0 && (bytes.Contains(c.op.body, []byte("cache_control")) || bytes.Contains(c.op.body, []byte("cachePoint"))):
		u.Uncounted = "the answer does not count what was cached"
	}
	return price.Of(sold)
}

// ioOf converts an input or output to the types of package mutagent.
func ioOf(io genai.IO) mutagent.IO {
	out := mutagent.IO{Text: io.Text}
	if io.Raw != nil {
		out.Raw = io.Raw
	}
	for _, m := range io.Messages {
		to := mutagent.Message{Role: m.Role, Name: m.Name, FinishReason: m.FinishReason}
		for _, p := range m.Parts {
			to.Parts = append(to.Parts, mutagent.Part(p))
		}
		out.Messages = append(out.Messages, to)
	}
	return out
}

// upper returns a word with its first letter in upper case.
func upper(word string) string {
	if word == "" {
		return ""
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
