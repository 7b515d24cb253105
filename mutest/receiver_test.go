package mutest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// post sends a body that holds the spans of one trace.
func post(t *testing.T, rec *mutest.Recorder, batchID, spans string) {
	t.Helper()
	body := `{"batchId":"` + batchID + `","traces":[{"traceId":"t1","source":"sdk","sessionId":"s-1","userId":"u-7","tags":["beta"],"spans":[` + spans + `]}]}`
	w := httptest.NewRecorder()
	rec.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/traces", strings.NewReader(body)))
	require.Equal(t, http.StatusOK, w.Code, w.Body)
}

const (
	unfinished = `{"spanId":"a","name":"tool","kind":"tool","status":"unset","startTime":"2026-11-23T09:30:00Z","events":[{"name":"e1"}]}`
	whole      = `{"spanId":"a","name":"tool","kind":"tool","status":"ok","startTime":"2026-11-23T09:30:00Z",` +
		`"endTime":"2026-11-23T09:30:01.5Z","durationMs":1500,"events":[{"name":"e1"},{"name":"e2"}]}`
	later   = `{"spanId":"a","events":[{"name":"e4","timestamp":"2026-11-23T09:30:04Z"}]}`
	earlier = `{"spanId":"a","events":[{"name":"e3","timestamp":"2026-11-23T09:30:03Z"}]}`
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
			post(t, rec, "", piece)
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

func TestRepeatedBatch(t *testing.T) {
	t.Parallel()
	rec := new(mutest.Recorder)
	post(t, rec, "b1", whole)
	post(t, rec, "b2", later)
	post(t, rec, "b2", later)
	assert.Len(t, rec.Spans()[0].Events, 3)
}

func TestTraceFields(t *testing.T) {
	t.Parallel()
	rec := new(mutest.Recorder)
	post(t, rec, "", whole)
	got := rec.Traces()[0]
	got.Spans = nil
	assert.Equal(t, mutest.Trace{ID: "t1", Source: "sdk", SessionID: "s-1", UserID: "u-7", Tags: []string{"beta"}}, got)
}

func TestAddendumAlone(t *testing.T) {
	t.Parallel()
	rec := new(mutest.Recorder)
	post(t, rec, "", later)
	assert.Equal(t, "(not received)\n  · e4\n", rec.Tree())
}

// A client delivers over a real connection.
func TestServer(t *testing.T) {
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

func TestAnswers(t *testing.T) {
	t.Parallel()
	const ok = `{"traces":[{"traceId":"t","spans":[` + whole + `]}]}`
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		answer                   string
	}{
		{"taken", "POST", "/api/traces", ok, 200, `{"data":{},"meta":{}}`},
		{"empty batch", "POST", "/api/traces", `{"batchId":"b"}`, 200, `{"data":{},"meta":{}}`},
		{"other path", "POST", "/v1/traces", ok, 404, `{"error":{"code":"NOT_FOUND","message":"there is only /api/traces"}}`},
		{"other method", "GET", "/api/traces", "", 405, `{"error":{"code":"METHOD_NOT_ALLOWED","message":"traces are posted"}}`},
		{"no JSON", "POST", "/api/traces", "spans", 400, "the body is no batch: invalid character"},
		{"empty", "POST", "/api/traces", "", 400, "the body is no batch: EOF"},
		{"more", "POST", "/api/traces", ok + "{}", 400, "the body goes on after the batch"},
		{"no trace id", "POST", "/api/traces", `{"traces":[{}]}`, 400, "traces[0]: traceId is missing"},
		{"no spans", "POST", "/api/traces", `{"traces":[{"traceId":"t"}]}`, 400, "traces[0]: spans are missing"},
		{"no span id", "POST", "/api/traces", `{"traces":[{"traceId":"t","spans":[` + whole + `,{}]}]}`, 400, "traces[0].spans[1]: spanId is missing"},
		{"other status", "POST", "/api/traces", strings.Replace(ok, `"ok"`, `"fine"`, 1), 400, `traces[0].spans[0]: status is \"fine\"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rec := new(mutest.Recorder)
			w := httptest.NewRecorder()
			rec.ServeHTTP(w, httptest.NewRequest(c.method, c.path, strings.NewReader(c.body)))
			answer, _ := io.ReadAll(w.Body)
			assert.Equal(t, c.status, w.Code)
			assert.Contains(t, string(answer), c.answer)
			assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
			if c.status != 200 {
				assert.Contains(t, string(answer), `{"error":{"code":"`)
				assert.Empty(t, rec.Spans(), "what is refused must not be recorded")
			}
		})
	}
}
