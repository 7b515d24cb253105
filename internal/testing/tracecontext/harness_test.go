//go:build tracecontext

package tracecontext_test

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/muthttp"
)

// An action is a request that the service is asked to make.
type action struct {
	URL       string          `json:"url"`
	Arguments json.RawMessage `json:"arguments"`
}

// service makes the requests in the body of the one that it got.
func service(w http.ResponseWriter, r *http.Request) {
	var actions []action
	if err := json.NewDecoder(r.Body).Decode(&actions); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	client := &http.Client{Transport: &muthttp.Transport{}}
	for _, a := range actions {
		req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, a.URL, bytes.NewReader(a.Arguments))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_ = resp.Body.Close()
	}
}

// TestHarness checks that all 41 tests pass, with none left out.
func TestHarness(t *testing.T) {
	rec := mutest.New(t)
	traced := muthttp.Handler(http.HandlerFunc(service))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		traced.ServeHTTP(w, r.WithContext(rec.Context(r.Context())))
	}))
	defer server.Close()

	harness := exec.CommandContext(t.Context(), os.Getenv("TRACECONTEXT_PYTHON"), "test.py", server.URL)
	harness.Dir = filepath.Join(os.Getenv("TRACECONTEXT_HARNESS"), "test")
	harness.Env = append(os.Environ(), "SPEC_LEVEL=2", "STRICT_LEVEL=2", "HARNESS_PORT="+freePort(t))
	out, err := harness.CombinedOutput()
	t.Logf("%s", out)
	require.NoError(t, err)
	assert.Contains(t, string(out), "Ran 41 tests")
	assert.NotContains(t, string(out), "skipped")
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}
