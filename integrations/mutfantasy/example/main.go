// Example is an agent of fantasy that asks a model, runs the tool that the model calls,
// and prints the answer.
//
//	go run ./integrations/mutfantasy/example
//
// It needs neither a key nor a network: servers in the program replace OpenAI and
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

	"charm.land/fantasy"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutfantasy"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
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
	if err := mutagent.Init(&mutagent.Options{APIKey: "mt_local", Endpoint: receiver.URL}); err != nil {
		return err
	}
	llm := fakellm.Serve(
		fakellm.Reply{ToolCalls: []fakellm.ToolCall{{Name: "get_order", Arguments: `{"id":1042}`}}},
		fakellm.Reply{Text: "Your order 1042 left on Monday. 🚚"},
	)
	defer llm.Close()

	reply, err := ask(ctx, llm.URL, "Where is my order 1042?")
	if err := errors.Join(err, mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\n\n", reply)
	return rec.WriteTree(stdout)
}

func ask(ctx context.Context, url, question string) (string, error) {
	model := chat{url: url, client: http.DefaultClient}
	agent := fantasy.NewAgent(mutfantasy.Model(model), fantasy.WithTools(mutfantasy.Tools(getOrder())...))
	res, err := mutfantasy.Agent("support-agent", agent).Generate(ctx, fantasy.AgentCall{Prompt: question})
	if err != nil {
		return "", err
	}
	return res.Response.Content.Text(), nil
}

type lookup struct {
	ID int `json:"id"`
}

func getOrder() fantasy.AgentTool {
	return fantasy.NewAgentTool("get_order", "where an order is", func(ctx context.Context, in lookup, _ fantasy.ToolCall) (fantasy.ToolResponse, error) {
		_, end := mutagent.Start(ctx, mutagent.KindRetrieval, "database")
		defer end()
		return fantasy.NewTextResponse(`{"state":"sent"}`), nil
	})
}
