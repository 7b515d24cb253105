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
	"os/exec"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutmcp"
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
	cmd := exec.Command(self, "server")
	cmd.Env, cmd.Stderr = append(os.Environ(), env...), os.Stderr

	client := mcp.NewClient(&mcp.Implementation{Name: "support-agent", Version: "1"}, nil)
	client.AddSendingMiddleware(mutmcp.Middleware) // this line adds tracing
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, session.Close()) }()

	res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "orders", Arguments: lookup{order}})
	if err != nil {
		return "", err
	}
	return fmt.Sprint("The shop says: ", res.StructuredContent), nil
}
