// Http follows a trace from one process into another: an agent sends a request to a
// shop over HTTP, and the shop's work is part of the agent's trace. The program is the
// agent, and starts itself a second time as the shop.
//
//	go run ./examples/http
//
// Without MUTAGENT_API_KEY both send their spans to a receiver in the first process,
// which prints the trace.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func main() {
	var err error
	if len(os.Args) == 2 && os.Args[1] == "shop" {
		err = serveShop(context.Background(), os.Stdin, os.Stdout)
	} else {
		err = run(context.Background(), os.Stdout)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, stdout io.Writer) error {
	if os.Getenv("MUTAGENT_API_KEY") != "" {
		return converse(ctx, stdout, nil, nil) // configured from the environment
	}
	rec := new(mutest.Recorder)
	receiver := httptest.NewServer(rec)
	defer receiver.Close()
	err := converse(ctx, stdout,
		&mutagent.Options{APIKey: "mt_local", Endpoint: receiver.URL},
		[]string{"MUTAGENT_API_KEY=mt_local", "MUTAGENT_ENDPOINT=" + receiver.URL})
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout)
	return rec.WriteTree(stdout)
}

// converse lets the agent query the shop. opts configures the agent; env extends the
// environment of the shop. When it returns, both have delivered their spans.
func converse(ctx context.Context, stdout io.Writer, opts *mutagent.Options, env []string) error {
	if err := mutagent.Init(opts); err != nil {
		return err
	}
	s, err := openShop(ctx, env)
	if err != nil {
		return err
	}
	answer, err := ask(ctx, s.url, 7)
	fmt.Fprintln(stdout, answer)
	return errors.Join(err, s.close(), mutagent.Shutdown(ctx))
}
