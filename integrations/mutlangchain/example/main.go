// Example is an agent of langchaingo that uses a calculator before it answers.
//
//	go run ./integrations/mutlangchain/example
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/llms/fake"
	"github.com/tmc/langchaingo/tools"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlangchain"
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

	llm := fake.NewFakeLLM([]string{
		"I have to calculate.\nAction: calculator\nAction Input: 7 * 6",
		"I know it now.\nFinal Answer: They cost 42 €.",
	})
	agent := agents.NewOneShotAgent(
		mutlangchain.Model("toy-model", llm),
		[]tools.Tool{mutlangchain.Tool(tools.Calculator{})},
	)
	executor := agents.NewExecutor(agent, agents.WithCallbacksHandler(mutlangchain.Handler()))
	answer, err := chains.Run(ctx, mutlangchain.Agent("support-agent", executor), "What do seven of 6 € cost?")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(stdout, "%s\n\n", answer); err != nil {
		return err
	}
	if err := mutagent.Shutdown(ctx); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}
