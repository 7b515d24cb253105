package mutview_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/mutview"
)

// A program under development can show its own traces.
func Example() {
	handler, err := mutview.New(mutview.Options{})
	if err != nil {
		panic(err)
	}
	defer handler.Close()
	server := httptest.NewServer(handler) // or http.ListenAndServe("127.0.0.1:3003", handler)
	defer server.Close()

	answer, err := http.Post(server.URL+"/api/traces/batch", "application/json", strings.NewReader(
		`{"traces":[{"traceId":"t","startTime":"2026-01-01T00:00:00Z","spans":[{"spanId":"s","name":"agent","startTime":"2026-01-01T00:00:00Z"}]}]}`))
	if err != nil {
		panic(err)
	}
	body, _ := io.ReadAll(answer.Body)
	fmt.Printf("%s", body)
	// Output: {"accepted":1,"count":1,"rejected":0,"success":true,"traceIds":["t"]}
}
