package mutest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func ExampleNew() {
	test := func(t testing.TB) {
		rec := mutest.New(t)

		// In its place stands the code under test.
		ctx, end := mutagent.Start(rec.Context(context.Background()), mutagent.KindTool, "orders", slog.Int("order", 7))
		mutagent.FromContext(ctx).SetOutput(mutagent.IO{Text: "on its way"})
		end()

		tool := rec.Span("orders")
		fmt.Println(tool.Kind, tool.Status, tool.Attributes["order"], tool.Output.Text)
	}
	test(new(testing.T)) // go test does that
	// Output: tool ok 7 on its way
}

// The server refuses a request, and then some spans of the next.
func ExampleServer() {
	test := func(t testing.TB) {
		srv := mutest.NewServer(t)
		srv.FailNext(503)
		srv.Reject(func(s mutest.Span) string {
			if s.Name == "too much" {
				return "the plan's quota is used up"
			}
			return ""
		})

		client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: srv.URL, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"enough", "too much"} {
			_, end := client.Start(context.Background(), mutagent.KindTool, name)
			end()
		}
		fmt.Println(client.Shutdown(context.Background()))
		fmt.Println(len(srv.Requests()), "requests,", srv.Span("enough").Status)
	}
	test(new(testing.T)) // go test does that
	// Output:
	// mutagent: shutdown: 1 spans sent, 0 pending, 1 dropped: the server rejected 1 spans: the plan's quota is used up
	// 2 requests, ok
}

// A program that makes its own client can be pointed at a Recorder.
func ExampleRecorder() {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()

	client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: server.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, end := client.Start(context.Background(), mutagent.KindAgent, "support-agent")
	_, endCheck := mutagent.Start(ctx, mutagent.KindGuardrail, "input-check")
	endCheck()
	_, chat := mutagent.StartSpan(ctx, mutagent.SpanOptions{Kind: mutagent.KindLLMChat, Name: "chat gpt-4o"})
	chat.AddEvent("picked a tool", slog.String("tool", "orders"))
	chat.End(mutagent.EndOptions{Metrics: mutagent.Metrics{Model: "gpt-4o", InputTokens: 150, OutputTokens: 50}})
	end()
	if err := client.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
	}

	fmt.Print(rec.Tree())
	// Output:
	// agent support-agent ok
	// ├─ guardrail input-check ok
	// └─ llm.chat chat gpt-4o ok [gpt-4o, 150→50 tokens]
	//      · picked a tool tool=orders
}
