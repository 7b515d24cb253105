package mutagent_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutredact"
)

// These are the recipes of docs/cookbook.md.

func Example_agentWithTools() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT

	orders := mutagent.Wrap(mutagent.SpanOptions{Kind: mutagent.KindTool, Name: "orders"},
		func(_ context.Context, id int) (string, error) {
			if id != 1042 {
				return "", fmt.Errorf("no order %d", id)
			}
			return "on its way", nil
		})
	agent := func(ctx context.Context, question string, id int) (answer string, err error) {
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
		defer end(&err)
		mutagent.SetInput(ctx, question)

		state, err := orders(ctx, id)
		if err != nil {
			return "", err
		}
		answer = "Your order is " + state + "."
		mutagent.SetOutput(ctx, answer)
		return answer, nil
	}

	ctx := rec.Context(context.Background())
	_, _ = agent(ctx, "Where is order 1042?", 1042)
	_, _ = agent(ctx, "Where is order 7?", 7)
	fmt.Print(rec.Tree())
	// Output:
	// agent support-agent ok
	// │ in  Where is order 1042?
	// │ out Your order is on its way.
	// └─ tool orders ok
	//      in  1042
	//      out on its way
	//
	// agent support-agent error: no order 7
	// │ in  Where is order 7?
	// │ error.type=*errors.errorString
	// └─ tool orders error: no order 7
	//      in  7
	//      error.type=*errors.errorString
}

func Example_logLines() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT

	terminal := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: withoutTime})
	logger := slog.New(mutagent.NewHandler(terminal, &mutagent.HandlerOptions{Level: slog.LevelDebug}))

	ctx, end := mutagent.Start(rec.Context(context.Background()), mutagent.KindAgent, "support-agent")
	logger.InfoContext(ctx, "picked a tool", "tool", "orders")
	logger.DebugContext(ctx, "asking the database", "table", "orders") // in the trace only
	logger.Info("no context, no event")                                // on the terminal only
	end()
	fmt.Print(rec.Tree())
	// Output:
	// level=INFO msg="picked a tool" tool=orders
	// level=INFO msg="no context, no event"
	// agent support-agent ok
	//   · INFO picked a tool tool=orders
	//   · DEBUG asking the database table=orders
}

func Example_streaming() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT

	// stream stands for a client that gives an answer piece by piece.
	stream := func(context.Context) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for _, piece := range []string{"On its", " way.", " Anything", " else?"} {
				if !yield(piece, nil) {
					return
				}
			}
		}
	}
	text := func(piece string) string { return piece } // what a piece adds to the output

	ctx := rec.Context(context.Background())
	for piece, err := range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat house-model", stream, text) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q\n", piece)
		if piece == " way." {
			break // is no error, and ends the span
		}
	}
	fmt.Print(rec.Tree())
	fmt.Println("time to first token:", rec.Span("chat house-model").Metrics.TimeToFirstToken > 0)
	// Output:
	// "On its"
	// " way."
	// llm.chat chat house-model ok
	//   out On its way.
	//   stream.items=2
	// time to first token: true
}

func Example_goroutines() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT

	search := func(_ context.Context, index string) error {
		if index == "forum" {
			return errors.New("the forum is closed")
		}
		return nil
	}
	var memory func() error // waits for what goes on in the background
	agent := func(ctx context.Context) (err error) {
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
		defer end(&err)

		var waits []func() error
		for _, index := range []string{"faq", "forum"} {
			waits = append(waits, mutagent.Go(ctx, mutagent.KindRetrieval, index, func(ctx context.Context) error {
				return search(ctx, index)
			}))
		}
		for _, wait := range waits {
			err = errors.Join(err, wait())
		}
		// The request's context ends with the request. What outlives it needs one that does not.
		memory = mutagent.Go(context.WithoutCancel(ctx), mutagent.KindCustom, "remember", func(ctx context.Context) error {
			return ctx.Err()
		})
		return err
	}

	ctx, cancel := context.WithCancel(rec.Context(context.Background()))
	fmt.Println(agent(ctx))
	cancel()
	fmt.Println(memory())
	fmt.Print(rec.Tree())
	// Output:
	// the forum is closed
	// <nil>
	// agent support-agent error: the forum is closed
	// │ error.type=*errors.joinError
	// ├─ retrieval faq ok
	// ├─ retrieval forum error: the forum is closed
	// │    error.type=*errors.errorString
	// └─ custom remember ok
}

func Example_redaction() {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec) // in place of MutagenT
	defer server.Close()

	ticket := func(_, text string) (string, int) { // a redactor of one's own
		if text == "T-1000" {
			return "[ticket]", 1
		}
		return text, 0
	}
	client, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_local", Endpoint: server.URL,
		Redactors: []mutagent.Redactor{mutredact.Secrets, mutredact.Emails, mutredact.Cards, ticket},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, end := client.Start(context.Background(), mutagent.KindTool, "refund", slog.String("ticket", "T-1000"))
	mutagent.SetInput(ctx, map[string]any{"card": "4111 1111 1111 1111", "to": "bob@example.com", "password": "hunter2"})
	end()
	if err := client.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Print(rec.Tree())
	fmt.Println(client.Stats().Masked, "places masked")
	// Output:
	// tool refund ok
	//   in  {"card":"[card]","password":"[password]","to":"[email]"}
	//   ticket=[ticket]
	// 4 places masked
}

func Example_samplingKeepsErrors() {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec) // in place of MutagenT
	defer server.Close()

	client, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_local", Endpoint: server.URL,
		Sampling: &mutagent.Sampling{Ratio: 0, KeepErrors: true}, // 0.1 would deliver a tenth of the others
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	answer := func(ctx context.Context, question string) (err error) {
		ctx, end := client.Start(ctx, mutagent.KindAgent, "support-agent")
		defer end(&err)
		mutagent.SetInput(ctx, question)
		if question == "" {
			return errors.New("no question")
		}
		return nil
	}
	ctx := context.Background()
	_ = answer(ctx, "Where is order 7?")
	_ = answer(ctx, "")
	_ = answer(mutagent.WithSampleRatio(ctx, 1), "Where is order 8?") // this one in any case
	if err := client.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Print(rec.Tree())
	fmt.Println(client.Stats().SampledOut, "left out")
	// Output:
	// agent support-agent error: no question
	//   error.type=*errors.errorString
	//
	// agent support-agent ok
	//   in  Where is order 8?
	// 1 left out
}

func Example_ownModelClient() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT

	// model stands for a client that speaks no HTTP, or a protocol of its own.
	model := func(_ context.Context, prompt string) (reply string, tokensIn, tokensOut int64, err error) {
		return "Friday.", 12, 2, nil
	}
	chat := func(ctx context.Context, prompt string) (reply string, err error) {
		ctx, end := mutagent.Start(ctx, mutagent.KindLLMChat, "chat house-model", slog.Float64("gen_ai.request.temperature", 0.2))
		defer end(&err)
		mutagent.SetInput(ctx, []mutagent.Message{{Role: "user", Content: prompt}})

		reply, in, out, err := model(ctx, prompt)
		if err != nil {
			return "", err
		}
		mutagent.SetOutput(ctx, []mutagent.Message{{Role: "assistant", Content: reply, FinishReason: "stop"}})
		mutagent.FromContext(ctx).SetMetrics(mutagent.Metrics{
			Model: "house-model-2", Provider: "acme",
			InputTokens: in, OutputTokens: out, CostUSD: 0.0003,
		})
		return reply, nil
	}

	_, _ = chat(rec.Context(context.Background()), "When does order 7 arrive?")
	fmt.Print(rec.Tree())
	// Output:
	// llm.chat chat house-model ok [house-model-2, 12→2 tokens, $0.0003]
	//   in  user: When does order 7 arrive?
	//   out assistant: Friday. (stop)
	//   gen_ai.request.temperature=0.2
}

func Example_sessionAndUser() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT

	ctx := rec.Context(context.Background())
	ctx = mutagent.WithSession(ctx, "conversation-7")
	ctx = mutagent.WithUser(ctx, "customer-42")
	ctx = mutagent.WithTags(ctx, "beta")
	ctx = mutagent.WithAttributes(ctx, slog.String("tenant", "acme"))
	for _, question := range []string{"Where is my order?", "When does it arrive?"} {
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
		mutagent.SetInput(ctx, question)
		end()
	}

	for _, trace := range rec.Traces() {
		fmt.Println(trace.SessionID, trace.UserID, trace.Tags)
	}
	fmt.Print(rec.Tree())
	// Output:
	// conversation-7 customer-42 [beta]
	// conversation-7 customer-42 [beta]
	// agent support-agent ok
	//   in  Where is my order?
	//   tenant=acme
	//
	// agent support-agent ok
	//   in  When does it arrive?
	//   tenant=acme
}

func Example_test() {
	answer := func(ctx context.Context, question string) {
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
		defer end()
		mutagent.SetInput(ctx, question)
		_, endTool := mutagent.Start(ctx, mutagent.KindTool, "orders", slog.Int("order", 7))
		defer endTool()
	}

	// In a program of yours: func TestAnswer(t *testing.T).
	test := func(t *testing.T) {
		rec := mutest.New(t)
		rec.FailOnLeaks() // spans not ended, ended twice, written after their end
		answer(rec.Context(context.Background()), "Where is order 7?")

		if tool := rec.Span("orders"); tool.Status != mutagent.StatusOK {
			t.Errorf("the tool failed: %s", tool.StatusMessage)
		}
		rec.Golden("testdata/cookbook.tree") // MUTEST_UPDATE=1 go test writes it
		fmt.Print(rec.Tree())
	}
	t := new(testing.T)
	test(t)
	fmt.Println("failed:", t.Failed())
	// Output:
	// agent support-agent ok
	// │ in  Where is order 7?
	// └─ tool orders ok
	//      order=7
	// failed: false
}

func Example_openTelemetryBeside() {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec) // in place of MutagenT
	defer server.Close()
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("collector:", r.Method, r.URL.Path, r.Header.Get("X-Team"))
		w.Header().Set("Content-Type", "application/x-protobuf") // an empty answer accepts all
	}))
	defer collector.Close()

	client, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_local", Endpoint: server.URL,
		OTLP: &mutagent.OTLP{Endpoint: collector.URL, Headers: map[string]string{"X-Team": "support"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	_, end := client.Start(context.Background(), mutagent.KindAgent, "support-agent")
	end()
	if err := client.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Print(rec.Tree())
	stats := client.Stats()
	fmt.Println("delivered:", stats.Delivered, "and", stats.Others["otlp"].Delivered)
	// Output:
	// collector: POST /v1/traces support
	// agent support-agent ok
	// delivered: 1 and 1
}

// This one is from docs/spool.md.

func Example_deliverLeftovers() {
	service := mutest.NewServer(new(testing.T)) // in place of MutagenT
	dir, _ := os.MkdirTemp("", "spool")
	defer os.RemoveAll(dir)
	diesEarly(service.URL, dir)

	// The whole of a cron job, or of what a sidecar does once a minute.
	c, err := mutagent.New(&mutagent.Options{
		APIKey: "mg_live_example", Endpoint: service.URL,
		Spool: &mutagent.Spool{Dir: dir},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = c.Shutdown(context.Background())
	fmt.Println(c.Stats().Replayed, "span of others delivered,", err)
	// Output:
	// 1 span of others delivered, <nil>
}

// diesEarly ends a span, and leaves it in the spool: it cannot reach the service.
func diesEarly(url, dir string) {
	c, err := mutagent.New(&mutagent.Options{
		APIKey: "mg_live_example", Endpoint: url, Spool: &mutagent.Spool{Dir: dir},
		HTTPClient: &http.Client{Transport: unreachable{}}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	endOne(c, mutagent.SpanOptions{Name: "lost but for the spool"})
	_ = c.Shutdown(context.Background())
}
