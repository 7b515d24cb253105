// Genai traces the calls of google.golang.org/genai. The library takes an HTTP client,
// so only the client's transport changes.
//
//	go run ./examples/genai
//
// It needs neither a key nor a network: servers in the program replace Gemini and
// MutagenT. With Vertex AI, a client with a custom transport also needs
// ClientConfig.UseDefaultCredentials, because genai then leaves the credentials to the
// client.
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

	"google.golang.org/genai"

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

	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey:      "local",
		Backend:     genai.BackendGeminiAPI,
		HTTPOptions: genai.HTTPOptions{BaseURL: model.URL},
		HTTPClient:  &http.Client{Transport: new(mutllm.Transport)}, // this line adds tracing
	})
	if err != nil {
		return err
	}
	err = answer(ctx, stdout, client)
	if err := errors.Join(err, mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}

// answer prints the model's answer as it arrives.
func answer(ctx context.Context, stdout io.Writer, client *genai.Client) (err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
	defer end(&err)
	for chunk, err := range client.Models.GenerateContentStream(ctx, "gemini-2.5-flash", genai.Text("Where is my order 1042?"), nil) {
		if err != nil {
			return err
		}
		fmt.Fprint(stdout, chunk.Text())
	}
	fmt.Fprint(stdout, "\n\n")
	return nil
}
