// Ollama traces the calls of github.com/ollama/ollama/api. The library takes an HTTP
// client, so only the client's transport changes.
//
//	go run ./examples/ollama
//
// It needs neither a model nor a network: servers in the program replace Ollama and
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
	"net/url"
	"os"

	"github.com/ollama/ollama/api"

	"github.com/mutagent-io/mutagent-go"
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
	model := fakellm.Serve(fakellm.Reply{Text: "Your order 1042 left on Monday. 🚚"})
	defer model.Close()
	if err := mutagent.Init(&mutagent.Options{APIKey: "mt_local", Endpoint: receiver.URL}); err != nil {
		return err
	}

	base, err := url.Parse(model.URL)
	if err != nil {
		return err
	}
	client := api.NewClient(base, &http.Client{Transport: new(mutllm.Transport)}) // this line adds tracing
	err = answer(ctx, stdout, client)
	if err := errors.Join(err, mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}

// answer prints the model's answer as it arrives.
func answer(ctx context.Context, stdout io.Writer, client *api.Client) (err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
	defer end(&err)
	err = client.Chat(ctx, &api.ChatRequest{
		Model:    "llama3.2",
		Messages: []api.Message{{Role: "user", Content: "Where is my order 1042?"}},
	}, func(chunk api.ChatResponse) error {
		_, err := fmt.Fprint(stdout, chunk.Message.Content)
		return err
	})
	fmt.Fprint(stdout, "\n\n")
	return err
}
