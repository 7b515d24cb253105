// Quickstart is a traced support agent. It needs nothing but Go: the model and the
// receiver of the trace are part of it.
//
//	go run ./examples/quickstart
//
// The log goes to standard error, as slog has it, the trace to standard output. If
// MUTAGENT_API_KEY is set, the trace is sent to MutagenT instead.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http/httptest"
	"os"

	"github.com/mutagent-io/mutagent-go"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, stdout io.Writer) error {
	// 1. What is logged with a context becomes an event of the span in it.
	slog.SetDefault(slog.New(mutagent.NewHandler(slog.Default().Handler(), nil)))

	report, err := connect()
	if err != nil {
		return err
	}
	server := httptest.NewServer(model{})
	defer server.Close()
	a := &agent{model: &chatClient{url: server.URL, model: "toy-model"}}

	// Steps 2 and 3 are in agent.go, where the work is done.
	reply, err := a.answer(ctx, "Where is my order 1042?")

	// 4. Before the program ends, what was recorded must have arrived.
	err = errors.Join(err, mutagent.Flush(ctx))
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\n\n", reply)
	return report(stdout)
}
