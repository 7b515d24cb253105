// Adk traces an agent of google.golang.org/adk. ADK creates OpenTelemetry spans for
// agents, model calls and tools. One line sends them to this SDK; another records the
// messages of the calls.
//
//	go run ./examples/adk
//
// It needs neither a key nor a network: servers in the program replace Gemini and
// MutagenT.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"go.opentelemetry.io/otel"
	"google.golang.org/adk/v2/agent"
	"google.golang.org/adk/v2/runner"
	"google.golang.org/genai"

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

	if err := mutagent.Init(&mutagent.Options{APIKey: "mt_local", Endpoint: receiver.URL}); err != nil {
		return err
	}
	otel.SetTracerProvider(mutotel.NewTracerProvider(nil)) // records ADK's spans

	support, err := newAgent(ctx, &genai.ClientConfig{
		APIKey:      "local",
		Backend:     genai.BackendGeminiAPI,
		HTTPOptions: genai.HTTPOptions{BaseURL: model.URL},
		HTTPClient:  &http.Client{Transport: new(mutllm.Transport)}, // and adds the messages
	})
	if err != nil {
		return err
	}
	err = answer(ctx, stdout, support, "Where is my order 1042?")
	if err := errors.Join(err, mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}

// answer prints the agent's answer. ADK's spans are children of the span of the
// request.
func answer(ctx context.Context, stdout io.Writer, support agent.Agent, question string) (err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindCustom, "request")
	defer end(&err)
	r, err := runner.NewInMemory("shop", support)
	if err != nil {
		return err
	}
	for event, err := range r.Run(ctx, "customer-7", "session-1", genai.NewContentFromText(question, genai.RoleUser), agent.RunConfig{}) {
		if err != nil {
			return err
		}
		if event.IsFinalResponse() {
			fmt.Fprintf(stdout, "%s\n\n", event.Content.Parts[0].Text)
		}
	}
	return nil
}
