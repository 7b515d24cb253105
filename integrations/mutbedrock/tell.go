package mutbedrock

import (
	"bytes"
	"log/slog"
	"strings"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/price"
)

// named returns the attributes that are known before the request is written.
func (c *call) named() []slog.Attr {
	return c.read.RequestAttributes()
}

// reads reads the body of the request, and reports whether it is known.
func (c *call) reads(body *genai.Excerpt) (known bool) {
	known = c.read.Request(body)
	c.read.Asked = c.op.model // regardless of the model in the body
	return known
}

// asked sets what was read of the request on the span. A body that is not known is
// described by its size.
func (c *call) asked(known bool) {
	if known {
		c.span.SetInput(ioOf(c.read.Input))
	} else if n := len(c.op.body); n > 0 {
		c.span.SetInput(mutagent.Message{Role: "user", Parts: []mutagent.Part{{Type: "blob", Size: int64(n)}}})
	}
	c.span.SetAttributes(c.named()...)
	if c.read.Tools != nil {
		c.span.SetAttributes(slog.Any("gen_ai.tool.definitions", c.read.Tools))
	}
}

// told sets the data that is known when the call ends on the span.
func (c *call) told() {
	r, u := c.read, &c.read.Usage
	cost := c.cost()
	c.span.SetAttributes(append(append(r.AnswerAttributes(), r.Quoted()...), cost.Attrs...)...)
	model := r.Model
	if model == "" {
		model = r.Asked
	}
	c.span.SetOutput(ioOf(r.Output()))
	c.span.SetMetrics(mutagent.Metrics{
		Model: model, Provider: r.Provider, TimeToFirstToken: c.first,
		InputTokens: u.Input, OutputTokens: u.Output, TotalTokens: u.Total,
		CachedInputTokens: u.CacheRead, CacheWriteTokens: u.CacheWrite, ReasoningTokens: u.Reasoning,
		CostUSD: cost.USD, Free: cost.Known && cost.USD == 0,
	})
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
