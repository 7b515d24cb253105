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

// Inside auth the span has the user, and around the router it has the route. Requests
// that auth refuses are not traced.
func ExampleHandler_insideAuth() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT

	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", func(_ http.ResponseWriter, r *http.Request) {
		_, end := mutagent.Start(r.Context(), mutagent.KindRetrieval, "lookup")
		defer end()
	})
	auth := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user := r.Header.Get("X-User") // in place of a check
			if user == "" {
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r.WithContext(mutagent.WithUser(r.Context(), user)))
		})
	}
	handler := auth(muthttp.Handler(mux))

	for _, user := range []string{"", "customer-42"} {
		req := httptest.NewRequestWithContext(rec.Context(context.Background()), http.MethodGet, "/orders/7", nil)
		req.Header.Set("X-User", user)
		handler.ServeHTTP(httptest.NewRecorder(), req)
	}
	fmt.Println(len(rec.Traces()), "trace, of", rec.Traces()[0].UserID)
	fmt.Print(rec.Tree())
	// Output:
	// 1 trace, of customer-42
	// custom GET /orders/{id} ok
	// │ http.request.method=GET http.response.status_code=200 url.path=/orders/7
	// └─ retrieval lookup ok
}

// Outside auth the span has the requests that are refused, too. If what is between
// it and the router copies the request, as WithContext does, a handler must say
// what route it is.
func ExampleHandler_outsideAuth() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT

	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", func(_ http.ResponseWriter, r *http.Request) {
		mutagent.FromContext(r.Context()).SetName(r.Pattern)
		_, end := mutagent.Start(r.Context(), mutagent.KindRetrieval, "lookup")
		defer end()
	})
	mux.HandleFunc("GET /prices/{id}", func(http.ResponseWriter, *http.Request) {}) // says nothing
	auth := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user := r.Header.Get("X-User") // in place of a check
			if user == "" {
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r.WithContext(mutagent.WithUser(r.Context(), user)))
		})
	}
	handler := muthttp.Handler(auth(mux))

	for _, ask := range []struct{ user, path string }{{"", "/orders/7"}, {"customer-42", "/orders/7"}, {"customer-42", "/prices/7"}} {
		req := httptest.NewRequestWithContext(rec.Context(context.Background()), http.MethodGet, ask.path, nil)
		req.Header.Set("X-User", ask.user)
		handler.ServeHTTP(httptest.NewRecorder(), req)
	}
	for _, trace := range rec.Traces() {
		fmt.Printf("a trace of %q\n", trace.UserID)
	}
	fmt.Print(rec.Tree())
	// Output:
	// a trace of ""
	// a trace of "customer-42"
	// a trace of ""
	// custom GET ok
	//   http.request.method=GET http.response.status_code=401 url.path=/orders/7
	//
	// custom GET /orders/{id} ok
	// │ http.request.method=GET http.response.status_code=200 url.path=/orders/7
	// └─ retrieval lookup ok
	//
	// custom GET ok
	//   http.request.method=GET http.response.status_code=200 url.path=/prices/7
}
