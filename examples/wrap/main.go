// Wrap puts spans around functions that contain no tracing: a function with an argument
// and a result, a block of code, and goroutines that are joined.
//
//	go run ./examples/wrap
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, stdout io.Writer) error {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()
	if err := mutagent.Init(&mutagent.Options{APIKey: "mt_local", Endpoint: server.URL}); err != nil {
		return err
	}

	// The wrapped function has the signature of the original.
	answer := mutagent.Wrap(mutagent.KindAgent, new(agent).Answer)
	if _, err := answer(ctx, question{Text: "Where is my order?", Orders: []int{7, 8}}); err != nil {
		return err
	}

	if err := mutagent.Shutdown(ctx); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}

type question struct {
	Text   string `json:"text"`
	Orders []int  `json:"orders"`
}

type agent struct{}

func (a *agent) Answer(ctx context.Context, q question) (string, error) {
	// Do records a block of code without a separate function.
	plan, err := mutagent.Do(ctx, mutagent.KindChain, "plan", func(context.Context) (string, error) {
		return "look up each order", nil
	})
	if err != nil {
		return "", err
	}

	// Goroutines are joined as with errgroup: every wait returns its function's error.
	var waits []func() error
	for _, order := range q.Orders {
		waits = append(waits, mutagent.Go(ctx, mutagent.KindTool, "orders", func(ctx context.Context) error {
			mutagent.FromContext(ctx).SetInput(mutagent.IO{Raw: order})
			if order == 8 {
				return errors.New("no such order")
			}
			return nil
		}))
	}
	failed := 0
	for _, wait := range waits {
		if wait() != nil {
			failed++
		}
	}
	if failed == len(waits) {
		return "", errors.New("no order found")
	}
	return plan + ": done", nil
}
