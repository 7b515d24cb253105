// Genkit traces a flow of github.com/firebase/genkit/go. Genkit creates OpenTelemetry
// spans for flows, model calls and tools. One line sends them to this SDK; another adds
// the provider's data about the calls.
//
//	go run ./examples/genkit
//
// It needs neither a key nor a network: servers in the program replace the model and
// MutagenT.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"github.com/firebase/genkit/go/plugins/compat_oai/openai"
	"github.com/openai/openai-go/option"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutotel"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, stdout io.Writer) error {
	rec := new(mutest.Recorder)
	receiver := httptest.NewServer(rec)
	defer receiver.Close()
	model := fakellm.Serve(
		fakellm.Reply{ToolCalls: []fakellm.ToolCall{{Name: "get_order", Arguments: `{"id":1042}`}}},
		fakellm.Reply{Text: "Your order 1042 left on Monday. 🚚"},
	)
	defer model.Close()

	if err := mutagent.Init(&mutagent.Options{APIKey: "mt_local", Endpoint: receiver.URL, Parent: mutotel.Parent}); err != nil {
		return err
	}
	otel.SetTracerProvider(sdktrace.NewTracerProvider( // Genkit accepts only the SDK's provider
		sdktrace.WithSpanProcessor(mutotel.NewSpanProcessor(nil)), // records Genkit's spans
		sdktrace.WithIDGenerator(mutotel.IDGenerator{}),
	))

	support := newFlow(ctx, &openai.OpenAI{APIKey: "local", Opts: []option.RequestOption{
		option.WithBaseURL(model.URL + "/v1"),
		option.WithMiddleware(mutllm.Middleware), // and adds the provider's data
	}})
	err := answer(ctx, stdout, support, "Where is my order 1042?")
	if err := errors.Join(err, mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}

// answer prints the flow's answer. Genkit's spans are children of the span of the
// request.
func answer(ctx context.Context, stdout io.Writer, support flow, question string) (err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindCustom, "request")
	defer end(&err)
	text, err := support.Run(ctx, question)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\n\n", text)
	return nil
}
