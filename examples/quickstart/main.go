// Quickstart is a traced support agent. It needs nothing but Go: the model and the
// receiver of the trace are part of it.
//
//	go run ./examples/quickstart
//
// slog writes the log to standard error; the trace is printed on standard output. If
// MUTAGENT_API_KEY is set, the trace is sent to MutagenT instead, and with
// MUTAGENT_PROTOCOL=otlp to an OpenTelemetry backend. With --view it is shown in the
// browser.
//
// Tracing is in main.go and agent.go and, for clients without an integration, in
// chat.go. The other files are the agent itself: a protocol, a shop.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
)

func main() {
	view := flag.Bool("view", false, "show the trace in the browser, by mutview")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	receive := connect
	if *view {
		receive = connectViewer
	}
	if err := run(ctx, os.Stdout, receive); err != nil {
		log.Fatal(err)
	}
}

// A receiver creates the default client. report prints where the trace is.
type receiver func(context.Context) (report func(io.Writer) error, err error)

func run(ctx context.Context, stdout io.Writer, receive receiver) error {
	// 1. A record logged with a context becomes an event of the span in the context.
	slog.SetDefault(slog.New(mutagent.NewHandler(slog.Default().Handler(), nil)))

	report, err := receive(ctx)
	if err != nil {
		return err
	}
	model := fakellm.Serve(script...)
	defer model.Close()
	a := &agent{model: &chatClient{url: model.URL, model: "toy-model"}}

	// Steps 2 and 3 are in agent.go, where the work is done.
	reply, err := a.answer(ctx, "Where is my order 1042?")

	// 4. Before the program ends, deliver the recorded spans.
	err = errors.Join(err, mutagent.Flush(ctx))
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\n\n", reply)
	return report(stdout)
}

// script is the model's replies: a tool call for the order, then the answer.
var script = []fakellm.Reply{
	{
		ToolCalls: []fakellm.ToolCall{{Name: "orders", Arguments: `{"id":1042}`}},
		Delay:     40 * time.Millisecond, // simulates thinking
	},
	{
		Text:  "Your order 1042 left the warehouse on Monday, so it arrives on Wednesday.",
		Delay: 40 * time.Millisecond,
	},
}
