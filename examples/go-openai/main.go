// Go-openai traces the calls of github.com/sashabaranov/go-openai. The library takes an
// HTTP client, so only the client's transport changes.
//
//	go run ./examples/go-openai
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

	"github.com/sashabaranov/go-openai"

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

	config := openai.DefaultConfig("sk-local")
	config.BaseURL = model.URL + "/v1"
	config.HTTPClient = &http.Client{Transport: new(mutllm.Transport)} // this line adds tracing
	err := answer(ctx, stdout, openai.NewClientWithConfig(config))
	if err := errors.Join(err, mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}

// answer prints the model's answer as it arrives.
func answer(ctx context.Context, stdout io.Writer, client *openai.Client) (err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
	defer end(&err)
	stream, err := client.CreateChatCompletionStream(ctx, openai.ChatCompletionRequest{
		Model:         openai.GPT4o,
		Messages:      []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: "Where is my order 1042?"}},
		StreamOptions: &openai.StreamOptions{IncludeUsage: true},
	})
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			fmt.Fprint(stdout, "\n\n")
			return nil
		}
		if err != nil {
			return err
		}
		for _, choice := range chunk.Choices { // the last chunk has usage and no choice
			fmt.Fprint(stdout, choice.Delta.Content)
		}
	}
}
