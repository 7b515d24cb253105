// Example is an agent of eino that looks up an order with a tool, and streams its
// answer.
//
//	go run ./integrations/muteino/example
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/components/tool"
	"github.com/cloudwego/eino/components/tool/utils"
	"github.com/cloudwego/eino/compose"
	"github.com/cloudwego/eino/flow/agent/react"
	"github.com/cloudwego/eino/schema"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/muteino"
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
	callbacks.AppendGlobalHandlers(muteino.Handler()) // this line adds tracing

	if err := answer(ctx, "Where is my order 1042?", stdout); err != nil {
		return err
	}
	if err := errors.Join(muteino.Wait(ctx), mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}

func answer(ctx context.Context, question string, stdout io.Writer) error {
	orders, err := utils.InferTool("orders", "looks an order up", lookUp)
	if err != nil {
		return err
	}
	agent, err := react.NewAgent(ctx, &react.AgentConfig{
		ToolCallingModel: new(toyModel),
		ToolsConfig:      compose.ToolsNodeConfig{Tools: []tool.BaseTool{orders}},
		GraphName:        "support-agent",
	})
	if err != nil {
		return err
	}
	stream, err := agent.Stream(ctx, []*schema.Message{schema.UserMessage(question)})
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			_, err = fmt.Fprint(stdout, "\n\n")
			return err
		}
		if err != nil {
			return err
		}
		if _, err := fmt.Fprint(stdout, piece.Content); err != nil {
			return err
		}
	}
}

type order struct {
	ID int `json:"id" jsonschema:"description=the number of the order"`
}

func lookUp(_ context.Context, o order) (map[string]any, error) {
	return map[string]any{"id": o.ID, "arrives": "Wednesday"}, nil
}
