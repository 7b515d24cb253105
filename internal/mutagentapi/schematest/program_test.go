package schematest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// TestProgram runs a program against a server. The requests must be valid under both
// APIs, or with the legacy protocol under API 0.1.
func TestProgram(t *testing.T) {
	for protocol, count := range map[string]int{"mutagent": 2, "mutagent/0.1": 1} {
		t.Run(protocol, func(t *testing.T) {
			srv := mutest.NewServer(t)
			if count == 1 {
				srv.Speak(mutest.API01)
			}
			client, err := mutagent.New(&mutagent.Options{
				APIKey: "mt_test", Endpoint: srv.URL, Environment: "test", Source: "go", Protocol: protocol,
			})
			require.NoError(t, err)
			open := program(client)
			require.NoError(t, client.Flush(context.Background()))
			require.NoError(t, client.Shutdown(context.Background()))
			runtime.KeepAlive(open) // an unreferenced open span is collected, and not sent

			for _, req := range srv.Requests() {
				for _, api := range generations(t)[:count] {
					mustBeValid(t, api, req.Body)
				}
			}
			for _, name := range []string{"support-agent", "chat gpt-4o", "lookup", "left open"} {
				srv.Span(name)
			}
			if count == 2 {
				events := srv.Span("lookup").Events
				require.Equal(t, "came late", events[len(events)-1].Name)
				require.Equal(t, "test", srv.Traces()[0].Environment)
			}
		})
	}
}

// program uses every part of the API that affects a body. It returns a span that it has
// not ended.
func program(client *mutagent.Client) *mutagent.Span {
	log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	ctx := mutagent.WithTags(mutagent.WithUser(mutagent.WithSession(context.Background(), "s-1"), "u-1"), "beta")
	ctx, end := client.Start(ctx, mutagent.KindAgent, "support-agent", slog.Group("user", "id", 7))
	log.WithGroup("request").With("id", "r-1").InfoContext(ctx, "picked a tool", "tool", "orders", "err", errors.New("\x1b[31m\xff"))

	_, chat := client.StartSpan(ctx, mutagent.SpanOptions{
		Kind:  mutagent.KindLLMChat,
		Name:  "chat gpt-4o",
		Input: []mutagent.Message{{Role: "user", Content: "Where is my order?"}},
	})
	chat.End(mutagent.EndOptions{
		Output: []mutagent.Message{{
			Role:         "assistant",
			Parts:        []mutagent.Part{{ID: "call_1", Name: "orders", Arguments: map[string]any{"id": 7}}},
			FinishReason: "tool_call",
		}},
		Metrics: mutagent.Metrics{Model: "gpt-4o", Provider: "openai", InputTokens: 150, CostUSD: math.NaN()},
	})

	_, lookup := client.StartSpan(ctx, mutagent.SpanOptions{Kind: "search engine", Name: "lookup", Input: "order 7"})
	lookup.AddEvent("cache miss", slog.Float64("ratio", math.Inf(1)))
	lookup.End(mutagent.EndOptions{
		Output: mutagent.IO{Documents: []mutagent.Document{{ID: "7", Content: "shipped", Score: 0.9}}, Raw: make(chan int)},
		Err:    errors.New("half of it"),
	})
	lookup.AddEvent("came late")

	_, open := client.StartSpan(ctx, mutagent.SpanOptions{Name: "left open"})
	end()
	return open
}

// TestManyTracesAtOnce checks that no request has more traces than both APIs accept,
// and that all traces arrive. The server enforces the limit.
func TestManyTracesAtOnce(t *testing.T) {
	const n = 2500
	srv := mutest.NewServer(t)
	client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: srv.URL})
	require.NoError(t, err)
	for i := range n {
		_, end := client.Start(context.Background(), mutagent.KindAgent, fmt.Sprint("trace ", i))
		end()
	}
	require.NoError(t, client.Shutdown(context.Background()))
	require.Len(t, srv.Traces(), n)
	require.GreaterOrEqual(t, len(srv.Requests()), n/100)
}
