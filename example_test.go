package mutagent_test

import (
	"context"
	"encoding/json"
	"errors"
	"expvar"
	"fmt"
	"iter"
	"log/slog"
	"net/http/httptest"
	"os"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// show prints what was sent to rec, as a tree without ids and times.
func show(rec *mutest.Recorder, c *mutagent.Client) {
	if err := c.Flush(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Print(rec.Tree())
}

func ExampleStart() {
	c, rec := exampleClient()
	ctx := c.Context(context.Background())

	lookup := func(ctx context.Context, order int) (err error) {
		_, end := mutagent.Start(ctx, mutagent.KindTool, "orders", slog.Int("order", order))
		defer end(&err)
		return errors.New("no such order")
	}
	agent := func(ctx context.Context) {
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
		defer end()
		if err := lookup(ctx, 7); err != nil {
			mutagent.FromContext(ctx).SetOutput(mutagent.IO{Text: "I do not know that order."})
		}
	}
	agent(ctx)
	show(rec, c)
	// Output:
	// agent support-agent ok
	// │ out I do not know that order.
	// └─ tool orders error: no such order
	//      error.type=*errors.errorString order=7
}

func ExampleStartSpan() {
	c, rec := exampleClient()

	_, span := c.StartSpan(context.Background(), mutagent.SpanOptions{
		Kind:  mutagent.KindLLMChat,
		Name:  "chat gpt-4o",
		Input: mutagent.IO{Messages: []mutagent.Message{{Role: "user", Content: "Where is my order?"}}},
	})
	// … the call …
	span.End(mutagent.EndOptions{
		Output:  mutagent.IO{Messages: []mutagent.Message{{Role: "assistant", Content: "On its way.", FinishReason: "stop"}}},
		Metrics: mutagent.Metrics{Model: "gpt-4o", Provider: "openai", InputTokens: 150, OutputTokens: 50},
	})
	show(rec, c)
	// Output:
	// llm.chat chat gpt-4o ok [gpt-4o, 150→50 tokens]
	//   in  user: Where is my order?
	//   out assistant: On its way. (stop)
}

func ExampleNewHandler() {
	c, rec := exampleClient()
	next := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime})
	logger := slog.New(mutagent.NewHandler(next, nil))

	ctx, end := c.Start(context.Background(), mutagent.KindAgent, "support-agent")
	logger.InfoContext(ctx, "picked a tool", "tool", "orders")
	end()
	show(rec, c)
	// Output:
	// level=INFO msg="picked a tool" tool=orders
	// agent support-agent ok
	//   · INFO picked a tool tool=orders
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func ExampleFromContext() {
	c, rec := exampleClient()
	ctx, end := c.Start(context.Background(), mutagent.KindRetrieval, "facts")

	span := mutagent.FromContext(ctx)
	span.SetAttributes(slog.String("index", "faq"))
	span.SetOutput(mutagent.IO{Documents: []mutagent.Document{{ID: "a", Content: "Orders take two days.", Score: 0.9}}})
	span.AddEvent("index opened")
	end()
	show(rec, c)
	// Output:
	// retrieval facts ok
	//   out [a 0.90] Orders take two days.
	//   index=faq
	//   · index opened
}

func ExampleGo() {
	c, rec := exampleClient()
	look := func(ctx context.Context, order int) error {
		mutagent.FromContext(ctx).SetInput(mutagent.IO{Raw: order})
		if order == 8 {
			return errors.New("no such order")
		}
		return nil
	}
	agent := func(ctx context.Context) (err error) {
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
		defer end(&err)
		var waits []func() error
		for _, order := range []int{7, 8} {
			waits = append(waits, mutagent.Go(ctx, mutagent.KindTool, "orders", func(ctx context.Context) error {
				return look(ctx, order)
			}))
		}
		for _, wait := range waits {
			err = errors.Join(err, wait())
		}
		return err
	}
	fmt.Println(agent(c.Context(context.Background())))
	show(rec, c)
	// Output:
	// no such order
	// agent support-agent error: no such order
	// │ error.type=*errors.joinError
	// ├─ tool orders ok
	// │    in  7
	// └─ tool orders error: no such order
	//      in  8
	//      error.type=*errors.errorString
}

// A channel becomes a sequence by a loop over it. Whoever sends must stop when the
// context ends, or it would wait for ever once the consumer has broken off.
func ExampleStream_channel() {
	c, rec := exampleClient()
	open := func(ctx context.Context) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			for d := range generate(ctx) { // a <-chan delta
				if !yield(d.text, d.err) {
					return
				}
			}
		}
	}
	text := func(delta string) string { return delta }
	for delta, err := range mutagent.Stream(c.Context(context.Background()), mutagent.KindLLMChat, "chat", open, text) {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(delta)
	}
	_ = c.Flush(context.Background())
	fmt.Println(rec.Spans()[0].Output.Text)
	// Output:
	// It is
	//  on its
	//  way.
	// It is on its way.
}

type delta struct {
	text string
	err  error
}

// generate stands for a client that streams over a channel.
func generate(ctx context.Context) <-chan delta {
	deltas := make(chan delta)
	go func() {
		defer close(deltas)
		for _, text := range []string{"It is", " on its", " way."} {
			select {
			case deltas <- delta{text: text}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return deltas
}

// A process may be frozen as soon as a handler has returned. What the handler recorded
// has been delivered by then.
func ExampleFlush() {
	c, rec := exampleClient()
	answer := func(ctx context.Context) (err error) {
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
		defer end(&err)
		mutagent.SetOutput(ctx, "On its way.")
		return nil
	}
	handle := func(ctx context.Context) error {
		err := answer(ctx) // the span has ended
		if err := mutagent.Flush(ctx); err != nil {
			slog.Warn("not traced", "err", err) // the answer is right all the same
		}
		return err
	}
	fmt.Println(handle(c.Context(context.Background())))
	fmt.Print(rec.Tree())
	// Output:
	// <nil>
	// agent support-agent ok
	//   out On its way.
}

// A program's main is one call of Run. What run recorded has arrived when Run returns.
func ExampleRun() {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec) // in place of MutagenT
	defer server.Close()

	run := func(ctx context.Context) (err error) { // ctx ends with SIGINT and SIGTERM
		if err := mutagent.Init(&mutagent.Options{APIKey: "mt_example", Endpoint: server.URL}); err != nil {
			return err
		}
		ctx, end := mutagent.Start(ctx, mutagent.KindWorkflow, "nightly batch")
		defer end(&err)
		mutagent.SetOutput(ctx, "12 orders")
		return nil
	}
	if err := mutagent.Run(run); err != nil {
		fmt.Println(err)
	}
	fmt.Print(rec.Tree())
	// Output:
	// workflow nightly batch ok
	//   out 12 orders
}

func ExampleClient_Stats() {
	c, _ := exampleClient()
	_, end := c.Start(context.Background(), mutagent.KindTool, "tool")
	end()
	_ = c.Flush(context.Background())
	s := c.Stats()
	fmt.Println(s.Ended, s.Delivered, s.Pending, len(s.Dropped))
	// Output: 1 1 0 0
}

// exampleClient returns a client that delivers to rec, over real HTTP.
func exampleClient() (*mutagent.Client, *mutest.Recorder) {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec) // ends with the process
	c, err := mutagent.New(&mutagent.Options{APIKey: "mt_example", Endpoint: server.URL})
	if err != nil {
		panic(err)
	}
	return c, rec
}

// With package expvar the statistics are at /debug/vars, beside the runtime's:
// expvar.Publish("mutagent", statistics).
func ExampleStats() {
	server := httptest.NewServer(new(mutest.Recorder)) // in place of MutagenT
	defer server.Close()
	if err := mutagent.Init(&mutagent.Options{APIKey: "mt_example", Endpoint: server.URL}); err != nil {
		fmt.Println(err)
		return
	}
	ctx, end := mutagent.Start(context.Background(), mutagent.KindTool, "orders")
	end()
	_ = mutagent.Flush(ctx)

	statistics := expvar.Func(func() any { return mutagent.Stats() })
	var read struct{ Ended, Delivered, Pending int }
	_ = json.Unmarshal([]byte(statistics.String()), &read)
	fmt.Printf("%+v\n", read)
	_ = mutagent.Shutdown(ctx)
	// Output: {Ended:1 Delivered:1 Pending:0}
}
