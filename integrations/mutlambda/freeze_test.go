//go:build linux

package mutlambda_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlambda/internal/runtimeapi"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// These tests run a function as Lambda does, and freeze it: its process is stopped as
// soon as it requests the next event. A stopped process sends nothing, so everything
// received by then was sent before the response.

var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mutlambda")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "bootstrap")
	if out, err := exec.Command("go", "build", "-o", program, "./internal/function").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// A collector replaces MutagenT.
type collector struct {
	mutest.Recorder
	*httptest.Server
	arrived chan struct{} // gets a value when spans have arrived
}

func newCollector(t *testing.T) *collector {
	c := &collector{arrived: make(chan struct{}, 1)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.Recorder.ServeHTTP(w, r)
		select {
		case c.arrived <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(c.Server.Close)
	return c
}

// function starts a function that delivers to c.
func (c *collector) function(t *testing.T, name string, loops int) *runtimeapi.Environment {
	t.Helper()
	f := runtimeapi.Function{Program: program, Loops: loops, Env: []string{
		"FUNCTION=" + name,
		"MUTAGENT_API_KEY=mt_test",
		"MUTAGENT_ENDPOINT=" + c.URL,
		"MUTAGENT_DISABLED=false",
		"AWS_LAMBDA_FUNCTION_NAME=orders",
		"AWS_LAMBDA_FUNCTION_VERSION=3",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
	}}
	env := f.Start(t)
	require.True(t, env.Frozen())
	return env
}

// wait returns the span of that name, as soon as it has arrived.
func (c *collector) wait(t *testing.T, name string) mutest.Span {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		spans := c.Spans()
		if i := slices.IndexFunc(spans, func(s mutest.Span) bool { return s.Name == name }); i >= 0 {
			return spans[i]
		}
		select {
		case <-c.arrived:
		case <-late:
			require.Fail(t, "no span "+name, c.Tree())
		}
	}
}

func TestWithoutFlush(t *testing.T) {
	c := newCollector(t)
	env := c.function(t, "plain", 1)
	out := env.Invoke(runtimeapi.Event{})
	assert.Equal(t, `"done"`, out[0].Body)
	require.True(t, env.Frozen())
	assert.Empty(t, c.Spans(), "frozen with its span")
	env.Kill()
	assert.Empty(t, c.Spans(), "and killed with it")
}

func TestWrapped(t *testing.T) {
	c := newCollector(t)
	env := c.function(t, "wrapped", 1)
	for i := range 3 {
		out := env.Invoke(runtimeapi.Event{Payload: `{"order":7}`})
		assert.Equal(t, `"done"`, out[0].Body)
		assert.Equal(t, "application/json", out[0].ContentType)
		require.True(t, env.Frozen())
		assert.Len(t, c.Spans(), 2*(i+1))
	}
	first, second := c.Traces()[0].Spans[0], c.Traces()[1].Spans[0]
	assert.Equal(t, "orders", first.Name)
	assert.Equal(t, mutagent.StatusOK, first.Status)
	assert.Equal(t, "done", first.Output.Raw)
	assert.Equal(t, true, first.Attributes["faas.coldstart"])
	assert.Equal(t, false, second.Attributes["faas.coldstart"])
	assert.Equal(t, "2", second.Attributes["faas.invocation_id"])
	assert.Equal(t, "arn:aws:lambda:eu-west-1:123456789012:function:orders:3", first.Attributes["cloud.resource_id"])
	assert.EqualValues(t, 128<<20, first.Attributes["faas.max_memory"])
	assert.Equal(t, first.SpanID, c.Span("work").ParentID)
}

func TestPanic(t *testing.T) {
	c := newCollector(t)
	env := c.function(t, "panics", 1)
	out := env.Invoke(runtimeapi.Event{})
	assert.Equal(t, "error", out[0].Kind)
	assert.Contains(t, out[0].Body, `"errorMessage":"boom"`)
	assert.Equal(t, 1, env.ExitCode())
	root := c.Span("orders")
	assert.Equal(t, mutagent.StatusError, root.Status)
	assert.Equal(t, "panic: boom", root.StatusMessage)
	assert.Contains(t, root.Events[0].Attributes["exception.stacktrace"], "main.panics")
	assert.Equal(t, mutagent.StatusOK, c.Span("work").Status)
}

// TestExit checks that mutagent.Exit delivers. Nothing runs after log.Fatal in any
// program.
func TestExit(t *testing.T) {
	c := newCollector(t)
	env := c.function(t, "fatal", 1)
	out := env.Invoke(runtimeapi.Event{})
	assert.Empty(t, out[0].Kind)
	assert.Equal(t, 1, env.ExitCode())
	assert.Empty(t, c.Spans())

	env = c.function(t, "exits", 1)
	out = env.Invoke(runtimeapi.Event{})
	assert.Empty(t, out[0].Kind)
	assert.Equal(t, 3, env.ExitCode())
	assert.Equal(t, mutagent.StatusOK, c.Span("work").Status)
	root := c.Span("orders")
	assert.NotEmpty(t, root.SpanID)
	assert.Equal(t, mutagent.StatusUnset, root.Status)
}

// TestStream checks spans that end with the stream, which is too late for a flush in
// the handler.
func TestStream(t *testing.T) {
	c := newCollector(t)
	env := c.function(t, "stream-plain", 1)
	out := env.Invoke(runtimeapi.Event{})
	assert.Equal(t, "word by word", out[0].Body)
	require.True(t, env.Frozen())
	assert.Empty(t, c.Spans())

	env = c.function(t, "stream", 1)
	out = env.Invoke(runtimeapi.Event{})
	assert.Equal(t, "word by word", out[0].Body)
	assert.Equal(t, "application/octet-stream", out[0].ContentType)
	require.True(t, env.Frozen())
	root := c.Span("orders")
	assert.Equal(t, mutagent.StatusOK, root.Status)
	assert.EqualValues(t, len("word by word"), root.Attributes["stream.bytes"])
	assert.Equal(t, mutagent.StatusOK, c.Span("chat").Status)
}

func TestStreamThatBreaks(t *testing.T) {
	c := newCollector(t)
	env := c.function(t, "broken", 1)
	out := env.Invoke(runtimeapi.Event{})
	assert.Equal(t, "word by", out[0].Body)
	assert.Equal(t, "errorString", out[0].Trailer.Get("Lambda-Runtime-Function-Error-Type"))
	require.True(t, env.Frozen())
	root := c.Span("orders")
	assert.Equal(t, mutagent.StatusError, root.Status)
	assert.Equal(t, "the model is gone", root.StatusMessage)
}

// TestSIGTERM checks that Lambda announces the end to functions that request it.
func TestSIGTERM(t *testing.T) {
	c := newCollector(t)
	env := c.function(t, "plain", 1)
	env.Invoke(runtimeapi.Event{})
	require.False(t, env.Terminate())
	env.Kill()
	assert.Empty(t, c.Spans())

	env = c.function(t, "sigterm", 1)
	env.Invoke(runtimeapi.Event{})
	require.True(t, env.Frozen())
	assert.Empty(t, c.Spans())
	require.True(t, env.Terminate())
	assert.Equal(t, mutagent.StatusOK, c.wait(t, "work").Status)
	assert.Equal(t, mutagent.StatusUnset, c.wait(t, "open").Status)
	assert.Equal(t, -1, env.ExitCode(), "it does not end the process")
}

// TestTimeout checks a function that hangs: all spans that arrive were sent while it
// was running. Without Wrap no open span arrives.
func TestTimeout(t *testing.T) {
	c := newCollector(t)
	env := c.function(t, "hangs-plain", 1)
	env.Begin(runtimeapi.Event{Timeout: time.Second})
	c.wait(t, "work")
	env.Kill()
	assert.Len(t, c.Spans(), 1)

	c = newCollector(t)
	env = c.function(t, "hangs", 1)
	env.Begin(runtimeapi.Event{Timeout: time.Second})
	root := c.wait(t, "orders")
	env.Kill()
	assert.Equal(t, mutagent.StatusUnset, root.Status)
	assert.Equal(t, "the invocation is about to time out", root.Events[0].Name)
	assert.Equal(t, mutagent.StatusUnset, c.wait(t, "chat").Status)
	assert.Equal(t, mutagent.StatusOK, c.wait(t, "work").Status)
}

// TestConnectionsClosedWhileFrozen checks that a process recovers from a connection
// that was closed while it was frozen, which it cannot notice.
func TestConnectionsClosedWhileFrozen(t *testing.T) {
	thaws := 500
	if testing.Short() {
		thaws = 50
	}
	c := newCollector(t)
	env := c.function(t, "wrapped", 1)
	for i := range thaws {
		env.Invoke(runtimeapi.Event{})
		require.True(t, env.Frozen())
		require.Len(t, c.Traces(), i+1)
		c.CloseClientConnections()
	}
	assert.Len(t, c.Spans(), 2*thaws)
}

// TestConcurrentInvocations checks that a process with several loops handles several
// invocations concurrently, each in a trace of its own.
func TestConcurrentInvocations(t *testing.T) {
	c := newCollector(t)
	env := c.function(t, "concurrent", 4)
	var events []runtimeapi.Event
	roots := map[string]bool{}
	for _, digit := range []string{"a", "b", "c", "d"} {
		id := "5759e988" + "bd862e3fe1be46a99427279" + digit
		events = append(events, runtimeapi.Event{TraceID: "Root=1-" + id[:8] + "-" + id[8:] + ";Parent=53995c3f42cd8ad8;Sampled=0"})
		roots[id] = true
	}
	for _, out := range env.Invoke(events...) {
		assert.Equal(t, "response", out.Kind)
	}
	require.True(t, env.Frozen())
	traces, ids, cold := c.Traces(), map[any]bool{}, 0
	require.Len(t, traces, 4)
	for _, tr := range traces {
		assert.True(t, roots[tr.ID], tr.ID)
		require.Len(t, tr.Spans, 2)
		assert.Equal(t, "53995c3f42cd8ad8", tr.Spans[0].ParentID)
		assert.Equal(t, tr.Spans[0].SpanID, tr.Spans[1].ParentID)
		assert.Equal(t, false, tr.Spans[0].Attributes["aws.xray.sampled"])
		ids[tr.Spans[0].Attributes["faas.invocation_id"]] = true
		if tr.Spans[0].Attributes["faas.coldstart"] == true {
			cold++
		}
	}
	assert.Len(t, ids, 4)
	assert.Equal(t, 1, cold)
}
