// Example follows a trace from an agent into a tool server in another process. The
// program is the agent. It starts itself a second time as the server and talks to it
// over standard input and output.
//
//	go run ./example
//
// Both send their spans to a receiver in the first process, which prints the trace.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutmcpgo"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func main() {
	var err error
	if len(os.Args) == 2 && os.Args[1] == "server" {
		err = mutagent.Run(serve)
	} else {
		err = run(context.Background(), os.Stdout)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, stdout io.Writer) error {
	rec := new(mutest.Recorder)
	receiver := httptest.NewServer(rec)
	defer receiver.Close()
	if err := mutagent.Init(&mutagent.Options{APIKey: "mt_example", Endpoint: receiver.URL}); err != nil {
		return err
	}
	reply, err := ask(ctx, 1042, "MUTAGENT_API_KEY=mt_example", "MUTAGENT_ENDPOINT="+receiver.URL)
	if err = errors.Join(err, mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\n\n", reply)
	return rec.WriteTree(stdout)
}

// ask is the agent. When it returns, the server has delivered its spans and exited.
func ask(ctx context.Context, order int, env ...string) (reply string, err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
	defer end(&err)

	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	c, err := client.NewStdioMCPClient(self, env, "server")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	shop := mutmcpgo.Client{Client: c} // this line adds tracing

	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcp.Implementation{Name: "support-agent", Version: "1"}
	if _, err := shop.Initialize(ctx, hello); err != nil {
		return "", err
	}
	var req mcp.CallToolRequest
	req.Params.Name, req.Params.Arguments = "orders", map[string]any{"id": order}
	res, err := shop.CallTool(ctx, req)
	if err != nil {
		return "", err
	}
	return fmt.Sprint("The shop says: ", res.StructuredContent), nil
}
