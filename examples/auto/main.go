// Auto is the agent of the quickstart without tracing code. It is traced if it is built
// with Orchestrion:
//
//	cd examples/auto
//	go tool orchestrion go run .
//
// A plain "go run ." runs the same program without traces. It needs nothing but Go: the
// model is part of it. The trace is sent if MUTAGENT_API_KEY is set.
//
// The directives //mutagent:trace in agent.go mark the functions that are spans. Model
// calls, log records, and the delivery at the end need no directive.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, stdout io.Writer) error {
	model := fakellm.Serve(script...)
	defer model.Close()
	a := &agent{model: &chatClient{url: model.URL, model: "toy-model"}}
	reply, err := a.answer(ctx, "Where is my order 1042?")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, reply)
	return err
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
