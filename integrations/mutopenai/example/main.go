// Example is a support agent that asks a model, runs the tool that the model calls, and
// prints the answer as it arrives. It uses a client of mutopenai.
//
//	go run ./integrations/mutopenai/example
//
// It needs neither a key nor a network: servers in the program replace OpenAI and
// MutagenT. The OpenAI server is busy once, so that one of the calls takes two
// attempts.
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

	"github.com/openai/openai-go/v3/option"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutopenai"
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
	model := fakellm.Serve(
		fakellm.Reply{ToolCalls: []fakellm.ToolCall{
			{Name: "get_order", Arguments: `{"id":1042}`},
			{Name: "get_order", Arguments: `{"id":1043}`},
		}},
		fakellm.Reply{Status: http.StatusTooManyRequests},
		fakellm.Reply{Text: "Your orders 1042 and 1043 left on Monday. 🚚"},
	)
	defer model.Close()

	client := mutopenai.NewClient(option.WithBaseURL(model.URL+"/v1"), option.WithAPIKey("sk-local"))
	err := answer(ctx, stdout, client, "Where are my orders 1042 and 1043?")
	if err := errors.Join(err, mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	fmt.Fprint(stdout, "\n\n")
	return rec.WriteTree(stdout)
}
