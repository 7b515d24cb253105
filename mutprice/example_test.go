package mutprice_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
	"github.com/mutagent-io/mutagent-go/mutprice"
)

// provider answers in place of OpenAI.
const provider = says(`{"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"Hi."},"finish_reason":"stop"}],` +
	`"usage":{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500}}`)

// says is a provider that answers every call alike.
type says string

func (s says) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {s.mediaType()}},
		Body: io.NopCloser(strings.NewReader(string(s))), Request: req,
	}, nil
}

func (s says) mediaType() string {
	if strings.HasPrefix(string(s), "{") {
		return "application/json"
	}
	return "text/event-stream"
}

// One line switches prices on, in main.
func Example() {
	mutprice.Enable()

	rec := mutest.New(new(testing.T)) // in place of MutagenT
	client := &http.Client{Transport: &mutllm.Transport{Base: provider}}
	req, err := http.NewRequestWithContext(rec.Context(context.Background()), http.MethodPost, "https://api.openai.com/v1/chat/completions",
		strings.NewReader(`{"model":"gpt-4o","messages":[{"role":"user","content":"Hello!"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = io.ReadAll(resp.Body)
	_ = resp.Body.Close()

	span := rec.Spans()[0]
	fmt.Println("$", span.Metrics.CostUSD, span.Attributes["mutagent.cost.entry"], span.Attributes["mutagent.cost.rates.output_mtok"])
	// Output:
	// $ 0.0075 openai/gpt-4o 10
}
