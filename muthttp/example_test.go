package muthttp_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/muthttp"
)

// An agent calls a service. What the service does is part of the agent's trace.
func Example() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT

	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, end := mutagent.Start(r.Context(), mutagent.KindRetrieval, "lookup")
		defer end()
		fmt.Fprint(w, "on its way")
	})
	server := httptest.NewUnstartedServer(muthttp.Handler(mux))
	server.Config.BaseContext = func(net.Listener) context.Context { return rec.Context(context.Background()) }
	server.Start()

	client := &http.Client{Transport: &muthttp.Transport{}}
	ctx, end := mutagent.Start(rec.Context(context.Background()), mutagent.KindAgent, "support-agent")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/orders/7", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := io.ReadAll(resp.Body)
	fmt.Printf("%s\n\n", text)
	_ = resp.Body.Close()
	end()
	server.Close()

	fmt.Print(rec.Tree())
	// Output:
	// on its way
	//
	// agent support-agent ok
	// └─ custom GET ok
	//    │ http.request.method=GET http.response.status_code=200 server.address=127.0.0.1 url.path=/orders/7
	//    └─ custom GET /orders/{id} ok
	//       │ http.request.method=GET http.response.status_code=200 url.path=/orders/7
	//       └─ retrieval lookup ok
}
