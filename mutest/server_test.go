package mutest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
)

// send posts a body to srv and returns what it answers.
func send(t *testing.T, srv *mutest.Server, body string) (status int, answer string) {
	t.Helper()
	return exchange(t, srv, newRequest(http.MethodPost, path, body))
}

func exchange(t *testing.T, srv *mutest.Server, req *http.Request) (status int, answer string) {
	t.Helper()
	out, err := http.NewRequestWithContext(t.Context(), req.Method, srv.URL+req.URL.Path, req.Body)
	require.NoError(t, err)
	out.Header = req.Header
	resp, err := http.DefaultClient.Do(out)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, strings.TrimSpace(string(text))
}

const another = `{"spanId":"b","name":"chat","kind":"llm.chat","status":"ok","startTime":"2026-11-23T09:30:00Z","endTime":"2026-11-23T09:30:02Z"}`

func TestServer(t *testing.T) {
	t.Parallel()
	srv := mutest.NewServer(t)
	status, answer := send(t, srv, bodyOf(whole+","+another))
	assert.Equal(t, 200, status)
	assert.JSONEq(t, `{"accepted":2,"rejected":0}`, answer)
	assert.Equal(t, "tool", srv.Span("tool").Name)
	require.Len(t, srv.Traces(), 1)
	assert.Len(t, srv.Spans(), 2)
	requests := srv.Requests()
	require.Len(t, requests, 1)
	assert.Equal(t, "mt_test", requests[0].Header.Get("x-api-key"))
	assert.JSONEq(t, bodyOf(whole+","+another), string(requests[0].Body))
	assert.Equal(t, 200, requests[0].Status)
}

func TestServerAnswersAs01(t *testing.T) {
	t.Parallel()
	srv := mutest.NewServer(t)
	srv.Speak(mutest.API01)
	_, answer := send(t, srv, bodyOf(whole))
	assert.JSONEq(t, `{"success":true,"count":1,"traceIds":["t1"]}`, answer)

	srv.Reject(func(mutest.Span) string { return "no room" })
	_, answer = send(t, srv, bodyOf(another))
	assert.JSONEq(t, `{"success":false,"count":0,"traceIds":[]}`, answer)
	assert.Panics(t, func() { srv.Speak("0.7") })
}

func TestServerRejects(t *testing.T) {
	t.Parallel()
	srv := mutest.NewServer(t)
	srv.Reject(func(s mutest.Span) string {
		if s.Name == "chat" {
			return "chat is over quota"
		}
		return ""
	})
	status, answer := send(t, srv, bodyOf(whole+","+another))
	assert.Equal(t, 200, status)
	assert.JSONEq(t, `{"accepted":1,"rejected":1,"note":"chat is over quota"}`, answer)
	require.Len(t, srv.Spans(), 1)
	assert.Equal(t, "tool", srv.Spans()[0].Name)
}

func TestServerFails(t *testing.T) {
	t.Parallel()
	srv := mutest.NewServer(t)
	srv.FailNext(503, 429)
	for _, want := range []int{503, 429, 200} {
		status, answer := send(t, srv, bodyOf(whole))
		assert.Equal(t, want, status)
		assert.Equal(t, want != 200, strings.Contains(answer, `"error":"`), answer)
	}
	assert.Len(t, srv.Spans(), 1)
	assert.Len(t, srv.Requests(), 3)
}

func TestServerIsIntercepted(t *testing.T) {
	t.Parallel()
	srv := mutest.NewServer(t)
	srv.Intercept(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		assert.NotEmpty(t, body)
		_, _ = io.WriteString(w, "<html>Log in")
	})
	_, answer := send(t, srv, bodyOf(whole))
	assert.Equal(t, "<html>Log in", answer)
	assert.Empty(t, srv.Spans())
	assert.Len(t, srv.Requests(), 1)

	srv.Intercept(nil)
	send(t, srv, bodyOf(whole))
	assert.Len(t, srv.Spans(), 1)
}

// API 0.5 does not speak of the keys of 0.1, which then may hold anything.
func TestServerReadsWhatItAccepts(t *testing.T) {
	t.Parallel()
	srv := mutest.NewServer(t)
	srv.Speak(mutest.API05)
	status, _ := send(t, srv, bodyOf(`{"spanId":"a","name":"","startTime":"now","model":7,"costUsd":"much","tokens":[],"events":{},"attributes":null,`+
		`"tags":"x","error":{},"metadata":{"events":"none","attributes":[],"gen_ai.usage.input_tokens":"many"},"output":"{\"messages\":7}"}`))
	assert.Equal(t, 200, status)
	require.Len(t, srv.Spans(), 1)
	got := srv.Spans()[0]
	assert.Equal(t, "a", got.SpanID)
	assert.Zero(t, got.Start)
	assert.Zero(t, got.Metrics)
	assert.Equal(t, `{"messages":7}`, got.Output.Text)
}

// What breaks the contract is refused, and fails the test.
func TestServerHoldsToTheContract(t *testing.T) {
	t.Parallel()
	good := bodyOf(whole)
	swap := func(old, new string) string {
		require.Contains(t, good, old)
		return strings.Replace(good, old, new, 1)
	}
	one := strings.TrimSuffix(strings.TrimPrefix(good, `{"traces":[`), `]}`)
	for _, c := range []struct {
		name    string
		req     *http.Request
		status  int
		message string
	}{
		{"path", newRequest("POST", "/api/traces", good), 404, "there is no /api/traces, only /api/traces/batch"},
		{"method", newRequest("PUT", path, good), 405, "/api/traces/batch is posted to, not PUT"},
		{"key", without("x-api-key", good), 401, "the header x-api-key is missing"},
		{"content type", without("Content-Type", good), 415, `the header content-type is "", not application/json`},
		{"no JSON", newRequest("POST", path, "spans"), 400, "the body is no JSON: invalid character"},
		{"empty", newRequest("POST", path, ""), 400, "the body is no JSON: EOF"},
		{"more", newRequest("POST", path, good+"{}"), 400, "the body is no JSON: something follows the first value"},
		{"no traces", newRequest("POST", path, `{}`), 400, "traces is missing"},
		{"101 traces", newRequest("POST", path, `{"traces":[`+strings.Repeat(one+",", 100)+one+`]}`), 400, "traces has 101 elements; 1 to 100 are allowed"},
		{"no trace id", newRequest("POST", path, swap(`"traceId":"t1",`, "")), 400, "traces[0].traceId is missing"},
		{"long trace id", newRequest("POST", path, swap(`"t1"`, `"`+strings.Repeat("é", 129)+`"`)), 400, "traces[0].traceId has 129 characters; 1 to 128 are allowed (API 0.5)"},
		{"no start", newRequest("POST", path, swap(`"startTime":"2026-11-23T09:30:00Z",`, "")), 400, "traces[0].startTime is missing"},
		{"no date", newRequest("POST", path, swap(`09:30:01.5Z`, "09:30:01.5")), 400, `traces[0].spans[0].endTime is "2026-11-23T09:30:01.5", not a date-time`},
		{"no such date", newRequest("POST", path, swap(`11-23T09:30:01.5Z`, "11-31T09:30:01.5Z")), 400, `traces[0].spans[0].endTime is "2026-11-31T09:30:01.5Z", not a date-time that exists`},
		{"source", newRequest("POST", path, swap(`"source":"sdk"`, `"source":"go"`)), 400, `traces[0].source is "go", not one of sdk, langchain`},
		{"input", newRequest("POST", path, swap(`"status":"ok"`, `"input":{"text":"x"}`)), 400, `traces[0].spans[0].input is {"text":"x"}, not a string (API 0.5)`},
		{"tokens", newRequest("POST", path, swap(`"status":"ok"`, `"tokens":{"input":1}`)), 400, `traces[0].spans[0].tokens.output is missing`},
		{"cost", newRequest("POST", path, swap(`"status":"ok"`, `"costUsd":-1e-9`)), 400, `traces[0].spans[0].costUsd is -1e-9, not 0 or more`},
		{"metadata", newRequest("POST", path, swap(`"metadata":{"user.id":"u-7","service.name":"shop"}`, `"metadata":[]`)), 400, `traces[0].metadata is [], not an object`},
		{"tags", newRequest("POST", path, swap(`["beta"]`, `["beta",null]`)), 400, `traces[0].tags[1] is null, not a string`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var status int
			var answer string
			failures := failuresOf(t, func(tb testing.TB) {
				srv := mutest.NewServer(tb)
				status, answer = exchange(t, srv, c.req)
				assert.Empty(t, srv.Spans(), "what is refused must not be recorded")
			})
			assert.Equal(t, c.status, status)
			require.Len(t, failures, 1)
			assert.Contains(t, failures[0], "mutest: a request breaks MutagenT's contract: "+c.message)
			assert.Contains(t, strings.ReplaceAll(answer, `\"`, `"`), `"message":"`+c.message)
		})
	}
}

func without(header, body string) *http.Request {
	req := newRequest(http.MethodPost, path, body)
	req.Header.Del(header)
	return req
}

// FuzzServer: whatever a body holds, the server answers it, and reads what it accepts.
func FuzzServer(f *testing.F) {
	for _, span := range []string{unfinished, whole, later, another} {
		f.Add(bodyOf(span))
	}
	f.Fuzz(func(t *testing.T, body string) {
		rec := new(mutest.Recorder)
		w := &discard{}
		rec.ServeHTTP(w, newRequest(http.MethodPost, path, body))
		if w.status != 200 && w.status != 400 {
			t.Errorf("status %d", w.status)
		}
		_ = rec.Tree()
	})
}

type discard struct{ status int }

func (d *discard) Header() http.Header            { return http.Header{} }
func (d *discard) Write(text []byte) (int, error) { return len(text), nil }
func (d *discard) WriteHeader(status int)         { d.status = status }
