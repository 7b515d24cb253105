// Example is a support agent that asks a model, runs the tool that the model wants,
// and prints the answer as it comes. Its client is that of mutopenai.
//
//	go run ./integrations/mutopenai/example
//
// It needs neither a key nor a network: servers in the program stand for OpenAI and
// for MutagenT. OpenAI's is busy once, so that one of the calls takes two attempts.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"github.com/openai/openai-go/v3/option"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutopenai"
	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest"
	"github.com/mutagent-io/mutagent-go/mutest"
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
	provider := llmtest.Serve(
		llmtest.Play("openai/chat-tools"),
		llmtest.Play("openai/error-429"),
		llmtest.Play("openai/chat-stream"),
	)
	defer provider.Close()

	client := mutopenai.NewClient(option.WithBaseURL(provider.URL+"/v1"), option.WithAPIKey("sk-local"))
	err := answer(ctx, stdout, client, "Where are my orders 1042 and 1043?")
	if err := errors.Join(err, mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	fmt.Fprint(stdout, "\n\n")
	return rec.WriteTree(stdout)
}
