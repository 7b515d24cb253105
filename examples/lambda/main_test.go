package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The tests run the program as Lambda would: it requests an event from the runtime API
// and posts the outcome. A function that requests the next event is frozen from then
// on, so only what happened before the outcome was posted counts.
func TestFunction(t *testing.T) {
	program := build(t)

	t.Run("spans arrive before the answer", func(t *testing.T) {
		env := start(t, program, `{"order":"7"}`, take)
		env.want(t, "/api/traces/batch", `"name":"orders.lookup"`, `"name":"answer"`, `"faas.invocation_id":"1"`, `"status":"ok"`, "found the order")
		env.want(t, "/response", "Order 7 is on its way.")
	})
	t.Run("spans arrive before the error", func(t *testing.T) {
		env := start(t, program, `{"order":"0"}`, take)
		env.want(t, "/api/traces/batch", `"name":"orders.lookup"`, `"name":"answer"`, `"status":"error"`)
		env.want(t, "/error", "no order")
	})
	t.Run("the answer does not wait for a server that hangs", func(t *testing.T) {
		env := start(t, program, `{"order":"7"}`, hang)
		env.want(t, "/api/traces/batch", `"name":"answer"`)
		answered := env.want(t, "/response", "Order 7 is on its way.")
		if !answered.Before(env.deadline) {
			t.Errorf("answered %v after the deadline", answered.Sub(env.deadline))
		}
	})
}

func build(t *testing.T) (program string) {
	program = filepath.Join(t.TempDir(), "bootstrap")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// An environment runs the function for one event. It is both the runtime API and
// MutagenT.
type environment struct {
	event    string
	deadline time.Time     // set when the event is handed out
	next     chan struct{} // holds one token: the event
	requests chan request  // posted requests, in order
}

type request struct {
	path string
	body []byte
	at   time.Time
}

// take and hang are two behaviours of MutagenT for received spans.
func take(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, `{"accepted":3,"rejected":0}`)
}
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func start(t *testing.T, program, event string, traces http.HandlerFunc) *environment {
	env := &environment{
		event:    event,
		next:     make(chan struct{}, 1),
		requests: make(chan request, 10),
	}
	env.next <- struct{}{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", env.invoke)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/1/{outcome}", env.record(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
	}))
	mux.HandleFunc("POST /api/traces/batch", env.record(traces))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(),
		"AWS_LAMBDA_RUNTIME_API="+server.Listener.Addr().String(),
		"MUTAGENT_API_KEY=mt_test",
		"MUTAGENT_ENDPOINT="+server.URL,
		"MUTAGENT_DISABLED=false")
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // otherwise it would continue to request events
		_ = cmd.Wait()
	})
	return env
}

// invoke returns the event once. Later requests for events block, as in a frozen
// process.
func (env *environment) invoke(w http.ResponseWriter, r *http.Request) {
	select {
	case <-env.next:
	case <-r.Context().Done():
		return
	}
	env.deadline = time.Now().Add(1500 * time.Millisecond)
	w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
	w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(env.deadline.UnixMilli()))
	_, _ = io.WriteString(w, env.event) // want notices a function that has exited
}

// record records a request before it is answered.
func (env *environment) record(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the request is incomplete, so it did not arrive
		}
		env.requests <- request{r.URL.Path, body, time.Now()}
		answer(w, r)
	}
}

// want checks that the next request has a path with this suffix and contains the texts.
// It returns the time of the request.
func (env *environment) want(t *testing.T, path string, texts ...string) time.Time {
	t.Helper()
	select {
	case r := <-env.requests:
		if !strings.HasSuffix(r.path, path) {
			t.Fatalf("the next request went to %s, want %s: %s", r.path, path, r.body)
		}
		for _, text := range texts {
			if !bytes.Contains(r.body, []byte(text)) {
				t.Errorf("POST %s lacks %s: %s", r.path, text, r.body)
			}
		}
		return r.at
	case <-time.After(20 * time.Second):
		t.Fatalf("no request went to %s", path)
		return time.Time{}
	}
}
