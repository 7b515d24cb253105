// Example is a support agent that asks a model, runs the tool that the model wants,
// and prints the answer as it comes. Its client is that of mutanthropic.
//
//	go run ./integrations/mutanthropic/example
//
// It needs neither a key nor a network: servers in the program stand for Anthropic and
// for MutagenT. Anthropic's is busy once, so that one of the calls takes two attempts.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"github.com/anthropics/anthropic-sdk-go/v2/option"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutanthropic"
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
		llmtest.Play("anthropic/messages-tools"),
		llmtest.Play("anthropic/error-529"),
		llmtest.Play("anthropic/messages-stream"),
	)
	defer provider.Close()

	client := mutanthropic.NewClient(option.WithBaseURL(provider.URL), option.WithAPIKey("sk-ant-local"))
	err := answer(ctx, stdout, client, "Where are my orders 1042 and 1043?")
	if err := errors.Join(err, mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	fmt.Fprint(stdout, "\n\n")
	return rec.WriteTree(stdout)
}
