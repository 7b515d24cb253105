package mutllm

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/price"
	"github.com/mutagent-io/mutagent-go/internal/trouble"
)

// options returns the span options that follow from the request.
func (c *call) options(ctx context.Context, req *http.Request) mutagent.SpanOptions {
	r := c.read
	opts := mutagent.SpanOptions{Kind: mutagent.Kind(r.Kind), Name: r.Name()}
	if name, ok := ctx.Value(nameKey{}).(string); ok {
		opts.Name = name
	}
	opts.Attributes = append(r.RequestAttributes(), slog.String("server.address", req.URL.Hostname()))
	if c.content {
		opts.Input = ioOf(r.Input)
		if r.Tools != nil {
			opts.Attributes = append(opts.Attributes, slog.Any("gen_ai.tool.definitions", r.Tools))
		}
	}
	return opts
}

// tell records on the span what is known when the call ends.
func (c *call) tell(opts *mutagent.EndOptions) {
	r := c.read
	opts.Metrics = metrics(r)
	opts.Metrics.TimeToFirstToken = c.first
	cost := c.cost()
	opts.Metrics.CostUSD, opts.Metrics.Free = cost.USD, cost.Known && cost.USD == 0
	attrs := append(r.AnswerAttributes(), cost.Attrs...)
	if c.content {
		opts.Output = ioOf(r.Output())
		attrs = append(attrs, r.Quoted()...)
	}
	if missing := r.Missing(); missing != "" {
		attrs = append(attrs, slog.String("mutllm.missing", missing))
		c.howToAsk()
	}
	if c.attempts > 1 {
		attrs = append(attrs, slog.Int("http.request.resend_count", c.attempts-1))
	}
	c.span.SetAttributes(attrs...)
	if f := c.refusal; f != nil && f.status != 0 {
		f.tell(c.span)
		if c.content && f.body != "" {
			opts.Output = mutagent.IO{Text: f.body}
		}
	} else if r.Failure != (genai.Failure{}) && opts.Err == nil {
		fail(c.span, first(r.Failure.Type, "error"), r.Failure.Message)
	}
}

// cost returns the cost of the call, if known. An incomplete response is marked,
// because its counts are not all that is charged.
func (c *call) cost() price.Cost {
	sold := c.read.Sale(c.began)
	if !c.whole {
		sold.Usage.Uncounted = "the answer broke off"
	}
	return price.Of(sold)
}

// howToAsk reports, once per host, how to request token usage for streams.
func (c *call) howToAsk() {
	log := trouble.Of(mutagent.WithSpan(context.Background(), c.span))
	log.Once("usage "+c.host, func() string {
		return "a stream did not tell how many tokens it used, since the request did not ask: set stream_options.include_usage, or mutllm.Options.IncludeUsage"
	}, slog.String("server.address", c.host))
}

func fail(span *mutagent.Span, typ, message string) {
	span.SetStatus(mutagent.StatusError, message)
	span.SetAttributes(slog.String("error.type", typ))
}

// first returns a, or b if a is empty.
func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// tell records the provider's refusal on the span.
func (f *refusal) tell(span *mutagent.Span) {
	span.SetAttributes(slog.Int("http.response.status_code", f.status))
	fail(span, f.typ(), f.message())
}

func (f *refusal) typ() string { return first(f.failure.Type, strconv.Itoa(f.status)) }

func (f *refusal) message() string {
	text := strings.TrimSpace(strconv.Itoa(f.status) + " " + http.StatusText(f.status)) // 529 has none
	if why := first(f.failure.Message, f.body); why != "" {
		text += ": " + why
	}
	return text
}

func metrics(r *genai.Call) mutagent.Metrics {
	u := &r.Usage
	return mutagent.Metrics{
		Model:             first(r.Model, r.Asked),
		Provider:          r.Provider,
		InputTokens:       u.Input,
		OutputTokens:      u.Output,
		TotalTokens:       u.Total,
		CachedInputTokens: u.CacheRead,
		CacheWriteTokens:  u.CacheWrite,
		ReasoningTokens:   u.Reasoning,
	}
}

func ioOf(io genai.IO) mutagent.IO {
	out := mutagent.IO{Text: io.Text, Raw: rawOf(io.Raw)}
	for _, m := range io.Messages {
		to := mutagent.Message{Role: m.Role, Name: m.Name, FinishReason: m.FinishReason}
		for _, p := range m.Parts {
			to.Parts = append(to.Parts, mutagent.Part(p))
		}
		out.Messages = append(out.Messages, to)
	}
	return out
}

// rawOf prevents a nil slice from becoming a non-nil any.
func rawOf(raw json.RawMessage) any {
	if raw == nil {
		return nil
	}
	return raw
}
