// Lowlevel starts and ends a span explicitly, for work that does not start and end in
// one function.
//
//	go run ./examples/lowlevel
//
// Without MUTAGENT_API_KEY the trace is sent to a receiver in the program, which prints
// it.
package main

import (
	"context"
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
	if os.Getenv("MUTAGENT_API_KEY") != "" {
		return pipeline(ctx, nil) // nil: configured from the environment
	}
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()
	if err := pipeline(ctx, &mutagent.Options{APIKey: "mt_local", Endpoint: server.URL}); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}

func pipeline(ctx context.Context, opts *mutagent.Options) error {
	if err := mutagent.Init(opts); err != nil {
		return err
	}

	ctx, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{
		Kind:  mutagent.KindChain,
		Name:  "my-pipeline",
		Input: mutagent.IO{Text: "user query here"},
	})

	// The work goes here. Spans started with ctx are children of this one.
	_, step := mutagent.StartSpan(ctx, mutagent.SpanOptions{Kind: mutagent.KindRetrieval, Name: "lookup"})
	step.End(mutagent.EndOptions{})

	// The span is nil while tracing is off; its methods then do nothing.
	span.End(mutagent.EndOptions{
		Status: mutagent.StatusOK,
		Output: mutagent.IO{Text: "pipeline result"},
		Metrics: mutagent.Metrics{
			Model:        "gpt-4o",
			Provider:     "openai",
			InputTokens:  150,
			OutputTokens: 50,
			TotalTokens:  200,
		},
	})

	return mutagent.Shutdown(ctx)
}
