package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
)

// TestMain lets the test binary run as the second process.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "shop" {
		main()
		return
	}
	os.Exit(m.Run())
}

var duration = regexp.MustCompile(` [0-9.]+(µs|ms|s) `)

func TestHTTP(t *testing.T) {
	t.Setenv("MUTAGENT_API_KEY", "")
	t.Setenv("MUTAGENT_DISABLED", "")
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	assert.Equal(t, `Order 7 arrives on Friday.

agent support-agent ok
└─ custom GET ok
   │ http.request.method=GET http.response.status_code=200 server.address=127.0.0.1 url.path=/orders/7
   └─ custom GET /orders/{id} ok
      │ http.request.method=GET http.response.status_code=200 url.path=/orders/7
      └─ retrieval lookup ok
           order=7
           · found table=deliveries
`, duration.ReplaceAllString(stdout.String(), " "))
}

func TestHTTPWithKey(t *testing.T) {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()
	t.Setenv("MUTAGENT_API_KEY", "mt_test")
	t.Setenv("MUTAGENT_DISABLED", "")
	t.Setenv("MUTAGENT_ENDPOINT", server.URL)
	var stdout bytes.Buffer
	require.NoError(t, run(t.Context(), &stdout))
	assert.Equal(t, "Order 7 arrives on Friday.\n", stdout.String())
	require.Len(t, rec.Traces(), 1)
	assert.Len(t, rec.Spans(), 4)
}
