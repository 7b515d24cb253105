package mutllm_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// With a client library it is one line:
//
//	openai.NewClient(option.WithMiddleware(mutllm.Middleware))
//	anthropic.NewClient(option.WithMiddleware(mutllm.Middleware))
//
// This example makes the request by hand.
func Example() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT
	server := httptest.NewServer(answer(200, "application/json", greeting))
	defer server.Close()

	client := &http.Client{Transport: &mutllm.Transport{}}
	ctx, end := mutagent.Start(rec.Context(context.Background()), mutagent.KindAgent, "support-agent")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/v1/chat/completions", strings.NewReader(question))
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
	end()

	fmt.Print(rec.Tree())
	// Output:
	// agent support-agent ok
	// └─ llm.chat chat gpt-4o ok [gpt-4o-2024-08-06, 19→10 tokens, 3 cached]
	//      in  system: Be short.
	//          user: Hello!
	//      out assistant: Hi. (stop)
	//      gen_ai.operation.name=chat gen_ai.request.model=gpt-4o gen_ai.request.temperature=0.5 gen_ai.response.finish_reasons=["stop"] gen_ai.response.id=chatcmpl-1 server.address=127.0.0.1
}
