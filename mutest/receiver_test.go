package mutest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

const path = "/api/traces/batch"

// bodyOf returns a body that holds the spans of one trace.
func bodyOf(spans string) string {
	return `{"traces":[{"traceId":"t1","startTime":"2026-11-23T09:30:00Z","source":"sdk","environment":"staging",` +
		`"sessionId":"s-1","tags":["beta"],"metadata":{"user.id":"u-7","service.name":"shop"},"spans":[` + spans + `]}]}`
}

func newRequest(method, path, body string) *http.Request {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("x-api-key", "mt_test")
	return req
}

// post sends the spans of one trace.
func post(t *testing.T, rec *mutest.Recorder, spans string) {
	t.Helper()
	w := httptest.NewRecorder()
	rec.ServeHTTP(w, newRequest(http.MethodPost, path, bodyOf(spans)))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
}

const (
	begin      = `{"spanId":"a","name":"tool","kind":"tool","startTime":"2026-11-23T09:30:00Z",`
	unfinished = begin + `"status":"unset","metadata":{"events":[{"name":"e1"}]}}`
	whole      = begin + `"status":"ok","endTime":"2026-11-23T09:30:01.5Z","metadata":{"events":[{"name":"e1"},{"name":"e2"}]}}`
	later      = begin + `"status":"ok","metadata":{"mutagent.late":true,"events":[{"name":"e4","timestamp":"2026-11-23T09:30:04Z"}]}}`
	earlier    = begin + `"status":"ok","metadata":{"mutagent.late":true,"events":[{"name":"e3","timestamp":"2026-11-23T09:30:03Z"}]}}`
)

// Whatever the order in which the pieces arrive, the span is the same.
func TestMerge(t *testing.T) {
	t.Parallel()
	for _, order := range [][]string{
		{unfinished, whole, earlier, later},
		{later, whole, unfinished, earlier},
		{earlier, later, unfinished, whole},
	} {
		rec := new(mutest.Recorder)
		for _, piece := range order {
			post(t, rec, piece)
		}
		require.Len(t, rec.Spans(), 1)
		s := rec.Spans()[0]
		assert.Equal(t, mutagent.StatusOK, s.Status)
		assert.EqualValues(t, 1.5e9, s.Duration)
		var events []string
		for _, e := range s.Events {
			events = append(events, e.Name)
		}
		assert.Equal(t, []string{"e1", "e2", "e3", "e4"}, events)
	}
}

// A request whose answer got lost is repeated.
func TestRepeatedRequest(t *testing.T) {
	t.Parallel()
	rec := new(mutest.Recorder)
	post(t, rec, whole)
	post(t, rec, later)
	post(t, rec, later)
	assert.Len(t, rec.Spans()[0].Events, 3)
}

func TestTraceFields(t *testing.T) {
	t.Parallel()
	rec := new(mutest.Recorder)
	post(t, rec, whole)
	got := rec.Traces()[0]
	got.Spans = nil
	assert.Equal(t, mutest.Trace{
		ID: "t1", Source: "sdk", Environment: "staging", SessionID: "s-1", UserID: "u-7", Tags: []string{"beta"},
		Metadata: map[string]any{"user.id": "u-7", "service.name": "shop"},
	}, got)
}

func TestLateEventAlone(t *testing.T) {
	t.Parallel()
	rec := new(mutest.Recorder)
	post(t, rec, later)
	assert.Equal(t, "tool tool ok\n  · e4\n", rec.Tree())
}

// A client delivers over a real connection.
func TestRecorderAsHandler(t *testing.T) {
	t.Parallel()
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()
	client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: server.URL})
	require.NoError(t, err)
	_, end := client.Start(t.Context(), mutagent.KindTool, "tool")
	end()
	require.NoError(t, client.Shutdown(t.Context()))
	assert.Equal(t, "tool tool ok\n", rec.Tree())
	assert.Nil(t, rec.Client())
}

// Both forms of the body say the same.
func TestForms(t *testing.T) {
	t.Parallel()
	recorders := map[string]*mutest.Recorder{}
	for _, form := range []string{"0.1", "0.5"} {
		body, err := os.ReadFile(filepath.Join("testdata", "body-"+form+".json"))
		require.NoError(t, err)
		rec := new(mutest.Recorder)
		w := httptest.NewRecorder()
		rec.ServeHTTP(w, newRequest(http.MethodPost, path, string(body)))
		require.Equal(t, http.StatusOK, w.Code, w.Body)
		recorders[form] = rec
	}
	old, now := recorders["0.1"].Spans(), recorders["0.5"].Spans()
	require.Len(t, old, 3)
	for i := range old {
		old[i].Metadata, now[i].Metadata = nil, nil
	}
	assert.Equal(t, old, now)

	chat := now[1]
	assert.Equal(t, mutagent.Metrics{Model: "gpt-4o", Provider: "openai", InputTokens: 31, OutputTokens: 17, CostUSD: 0.0012}, chat.Metrics)
	assert.Equal(t, mutagent.IO{Messages: []mutagent.Message{
		{Role: "system", Content: "You are terse."},
		{Role: "tool", Name: "get_weather", Parts: []mutagent.Part{{Type: "tool_call_response", ID: "call_1", Response: "18 C"}}},
	}}, chat.Input)
	assert.Equal(t, mutagent.IO{Messages: []mutagent.Message{{Role: "assistant", Parts: []mutagent.Part{{
		Type: "tool_call", ID: "call_2", Name: "get_weather", Arguments: map[string]any{"city": "Paris"}, Response: map[string]any{"c": int64(18)},
	}}}}}, chat.Output)
	pay := now[2]
	assert.Equal(t, "card declined", pay.StatusMessage)
	assert.Equal(t, map[string]any{"order": int64(7)}, pay.Attributes)
	require.Len(t, pay.Events, 1)
	assert.Equal(t, map[string]any{"by": "bank"}, pay.Events[0].Attributes)
}

func TestRecorderRefuses(t *testing.T) {
	t.Parallel()
	rec := new(mutest.Recorder)
	w := httptest.NewRecorder()
	rec.ServeHTTP(w, newRequest(http.MethodPost, path, strings.Replace(bodyOf(whole), `"kind":"tool"`, `"kind":"task"`, 1)))
	answer, _ := io.ReadAll(w.Body)
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.Contains(t, string(answer), `{"error":"Bad Request","message":"traces[0].spans[0].kind is \"task\", not one of llm.chat, `)
	assert.Empty(t, rec.Spans(), "what is refused must not be recorded")
}
