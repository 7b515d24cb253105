package mutagent_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// A collector takes OTLP as JSON.
type collector struct {
	*httptest.Server
	mu     sync.Mutex
	bodies map[string][]map[string]any // by path
	refuse bool
}

func newCollector(t *testing.T) *collector {
	c := &collector{bodies: map[string][]map[string]any{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(r.Body)
	}
	var request map[string]any
	if err := json.NewDecoder(body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	request["authorization"] = r.Header.Get("Authorization")
	c.bodies[r.URL.Path] = append(c.bodies[r.URL.Path], request)
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{}`)
}

func (c *collector) requests(path string) []map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bodies[path]
}

// logLine makes a span with a log line.
func logLine(c *mutagent.Client) {
	ctx, end := c.Start(context.Background(), mutagent.KindAgent, "agent")
	slog.New(mutagent.NewHandler(slog.DiscardHandler, nil)).InfoContext(ctx, "picked")
	end()
}

func TestOTLPAlone(t *testing.T) {
	clearEnv(t)
	backend := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", backend.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20secret")
	c, err := mutagent.New(&mutagent.Options{Protocol: "otlp", Events: "both", OTLP: &mutagent.OTLP{JSON: true}})
	require.NoError(t, err)
	logLine(c)
	require.NoError(t, c.Shutdown(context.Background()))
	require.Len(t, backend.requests("/v1/traces"), 1)
	require.Len(t, backend.requests("/v1/logs"), 1)
	assert.Equal(t, "Bearer secret", backend.requests("/v1/traces")[0]["authorization"])
	stats := c.Stats()
	assert.EqualValues(t, 1, stats.Delivered)
	balanced(t, stats)
}

// TestOTLPBeside: each destination has deliveries and losses of its own.
func TestOTLPBeside(t *testing.T) {
	clearEnv(t)
	backend, service := newCollector(t), newReceiver(t)
	backend.refuse = true
	c := service.client(t, &mutagent.Options{OTLP: &mutagent.OTLP{Endpoint: backend.URL, JSON: true}})
	logLine(c)
	err := c.Flush(context.Background())
	var failure *mutagent.DeliveryError
	require.ErrorAs(t, err, &failure)
	assert.ErrorContains(t, err, "otlp: the server answered 503")
	assert.Len(t, service.spans(), 1, "the other destination does not wait")
	assert.EqualValues(t, 1, failure.Pending)
	stats := c.Stats()
	assert.EqualValues(t, 1, stats.Delivered)
	assert.EqualValues(t, 1, stats.Others["otlp"].Pending)

	backend.mu.Lock()
	backend.refuse = false
	backend.mu.Unlock()
	require.NoError(t, c.Flush(context.Background()))
	require.Len(t, backend.requests("/v1/traces"), 1)
	assert.Empty(t, backend.requests("/v1/logs"), "events are events of their span")
	assert.Len(t, service.spans(), 1)
	assert.EqualValues(t, 1, c.Stats().Others["otlp"].Delivered)
}

// TestOTLPSpool: what one process could not deliver, the next does, to each
// destination what it lacks.
func TestOTLPSpool(t *testing.T) {
	clearEnv(t)
	backend, service := newCollector(t), newReceiver(t)
	backend.refuse = true
	opts := &mutagent.Options{
		Spool: &mutagent.Spool{Dir: t.TempDir()},
		OTLP:  &mutagent.OTLP{Endpoint: backend.URL, JSON: true},
	}
	c := service.client(t, opts)
	logLine(c)
	require.Error(t, c.Shutdown(context.Background()))
	backend.mu.Lock()
	backend.refuse = false
	backend.mu.Unlock()
	next := service.client(t, opts)
	require.NoError(t, next.Flush(context.Background()), "a flush delivers what others left, without a span of its own")
	// A request that the shutdown cancelled may have been taken all the same.
	assert.NotEmpty(t, backend.requests("/v1/traces"))
	assert.Len(t, service.spans(), 1, "the service has it already")
	require.NoError(t, next.Shutdown(context.Background()))
}

// serveSocket serves on a unix socket.
func serveSocket(t *testing.T, path string, h http.Handler) {
	t.Helper()
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
}

func TestOTLPSocket(t *testing.T) {
	clearEnv(t)
	backend := newCollector(t)
	socket := filepath.Join(t.TempDir(), "otlp.sock")
	serveSocket(t, socket, backend)
	c, err := mutagent.New(&mutagent.Options{Protocol: "otlp", Endpoint: "unix://" + socket, OTLP: &mutagent.OTLP{JSON: true, Uncompressed: true}})
	require.NoError(t, err)
	logLine(c)
	require.NoError(t, c.Shutdown(context.Background()))
	assert.Len(t, backend.requests("/v1/traces"), 1)
}

func TestBadOTLP(t *testing.T) {
	clearEnv(t)
	_, err := mutagent.New(&mutagent.Options{Protocol: "otlp", Endpoint: "localhost:4318"})
	assert.ErrorContains(t, err, "OTLP.Endpoint")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	_, err = mutagent.New(&mutagent.Options{Protocol: "otlp"})
	assert.ErrorContains(t, err, "OTEL_EXPORTER_OTLP_PROTOCOL")
}
