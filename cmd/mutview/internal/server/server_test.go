package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/store"
)

func newServer(t testing.TB, o Options) *httptest.Server {
	t.Helper()
	s, err := store.Open("")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(New(s, o))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func send(t testing.TB, method, url, contentType string, body []byte, headers ...string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, b
}

// checkSchema validates a body against one of the vendor's schemas.
func checkSchema(t *testing.T, schema string, body []byte) {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	compiled, err := c.Compile(filepath.Join("testdata", schema))
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %s", err, body)
	}
	if err := compiled.Validate(v); err != nil {
		t.Errorf("%v\n%s", err, body)
	}
}

// All recorded requests of the vendor's module are accepted, and the answers have the
// form that the service's clients expect.
func TestVendorRecordings(t *testing.T) {
	files, err := filepath.Glob("../intake/testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	server := newServer(t, Options{})
	spans := map[string]map[string]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var recording struct {
			Requests []struct{ Body json.RawMessage }
		}
		if err := json.Unmarshal(raw, &recording); err != nil {
			t.Fatal(err)
		}
		for _, request := range recording.Requests {
			status, answer := send(t, "POST", server.URL+"/api/traces/batch", "application/json", request.Body)
			if status != 200 {
				t.Fatalf("%s: %d %s", file, status, answer)
			}
			checkSchema(t, "api-0.5/batch-answer.schema.json", answer)
			checkSchema(t, "batch-answer-0.1.schema.json", answer)
			var body struct {
				Traces []struct {
					TraceID string
					Spans   []struct{ SpanID string }
				}
			}
			json.Unmarshal(request.Body, &body)
			for _, one := range body.Traces {
				if spans[one.TraceID] == nil {
					spans[one.TraceID] = map[string]bool{}
				}
				for _, s := range one.Spans {
					spans[one.TraceID][s.SpanID] = true
				}
			}
		}
	}
	_, list := send(t, "GET", server.URL+"/api/traces/?limit=200", "", nil)
	checkSchema(t, "api-0.5/trace-list.schema.json", list)
	for id, want := range spans {
		_, one := send(t, "GET", server.URL+"/api/traces/"+id, "", nil)
		checkSchema(t, "api-0.5/trace.schema.json", one)
		_, read := send(t, "GET", server.URL+"/api/traces/"+id+"/spans", "", nil)
		checkSchema(t, "api-0.5/span-list.schema.json", read)
		var got struct{ Data []struct{ SpanID string } }
		json.Unmarshal(read, &got)
		if len(got.Data) != len(want) {
			t.Errorf("trace %s has %d spans, %d were sent", id, len(got.Data), len(want))
		}
		for _, s := range got.Data {
			if !want[s.SpanID] {
				t.Errorf("trace %s has a span %s that nobody sent", id, s.SpanID)
			}
		}
	}
}

const otlpBody = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"svc"}}]},"scopeSpans":[{"scope":{"name":"lib"},"spans":[
 {"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","name":"chat","kind":3,"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661000000000,
  "attributes":[{"key":"n","value":{"intValue":"9223372036854775807"}}],"status":{"code":2,"message":"no"},"unknown":1},
 {"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"0000000000000000","name":"bad"}]}]}]}`

func TestOTLPJSON(t *testing.T) {
	server := newServer(t, Options{})
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte(otlpBody))
	z.Close()
	status, answer := send(t, "POST", server.URL+"/v1/traces", "application/json; charset=utf-8", zipped.Bytes(), "Content-Encoding", "gzip")
	if want := `{"partialSuccess":{"errorMessage":"span \"bad\": span id is all zero","rejectedSpans":"1"}}`; status != 200 || strings.TrimSpace(string(answer)) != want {
		t.Errorf("answered %d %s, want %s", status, answer, want)
	}
	_, spans := send(t, "GET", server.URL+"/api/traces/5b8efff798038103d269b633813fc60c/spans", "", nil)
	for _, want := range []string{`"spanId":"eee19b7ec3c1b174"`, `"n":9223372036854775807`, `"statusCode":2`, `"durationNanos":1000000000`, `"scopeName":"lib"`} {
		if !strings.Contains(string(spans), want) {
			t.Errorf("no %s in %s", want, spans)
		}
	}
	status, _ = send(t, "POST", server.URL+"/v1/logs", "application/json", []byte(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1544712660300000000","severityNumber":13,"severityText":"WARN",
		"body":{"stringValue":"slow"},"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"},{"body":{"stringValue":"nobody's"}}]}]}]}`))
	_, logs := send(t, "GET", server.URL+"/api/traces/logs?traceId=5b8efff798038103d269b633813fc60c", "", nil)
	checkSchema(t, "api-0.5/log-list.schema.json", logs)
	if status != 200 || strings.Count(string(logs), `"body"`) != 1 || !strings.Contains(string(logs), `"slow"`) {
		t.Errorf("%d %s", status, logs)
	}
}

func TestGuard(t *testing.T) {
	open, closed := newServer(t, Options{}), newServer(t, Options{Token: "secret"})
	named := newServer(t, Options{Hosts: []string{"traces.example"}})
	for _, c := range []struct {
		why     string
		url     string
		method  string
		headers []string
		want    int
	}{
		{"a program", open.URL + "/api/traces/", "GET", nil, 200},
		{"a name that points here", open.URL + "/", "GET", []string{"Host", "evil.example"}, 421},
		{"the same with our port", open.URL + "/api/traces/", "GET", []string{"Host", "evil.example:3003"}, 421},
		{"loopback by name", open.URL + "/", "GET", []string{"Host", "localhost:3003"}, 200},
		{"loopback, IPv6", open.URL + "/", "GET", []string{"Host", "[::1]:3003"}, 200},
		{"a name that begins like loopback", open.URL + "/", "GET", []string{"Host", "127.0.0.1.evil.example"}, 421},
		{"a name that was given", named.URL + "/", "GET", []string{"Host", "traces.example"}, 200},
		{"a post from another page", open.URL + "/v1/traces", "POST", []string{"Origin", "https://evil.example"}, 403},
		{"a post from a file", open.URL + "/v1/traces", "POST", []string{"Origin", "null"}, 403},
		{"a read from another page", open.URL + "/api/view/traces", "GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"another port of this machine", open.URL + "/api/view/traces", "GET", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}, 403},
		{"a link from another page", open.URL + "/trace/x", "GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
		{"no token", closed.URL + "/", "GET", nil, 401},
		{"a wrong one", closed.URL + "/api/traces/", "GET", []string{"Authorization", "Bearer secre"}, 401},
		{"as bearer", closed.URL + "/api/traces/", "GET", []string{"Authorization", "Bearer secret"}, 200},
		{"as key", closed.URL + "/api/traces/", "GET", []string{"X-Api-Key", "secret"}, 200},
		{"in the link", closed.URL + "/?token=secret", "GET", nil, 200},
		{"in the cookie", closed.URL + "/api/traces/", "GET", []string{"Cookie", "mutview_token=secret"}, 200},
		{"in a post's address", closed.URL + "/v1/traces?token=secret", "POST", nil, 401},
	} {
		status, body := send(t, c.method, c.url, "application/json", nil, c.headers...)
		if status != c.want {
			t.Errorf("%s: %d, want %d: %s", c.why, status, c.want, body)
		}
		if status >= 400 {
			checkSchema(t, "api-0.5/error.schema.json", body)
		}
	}
}

func TestBadRequestsAreTold(t *testing.T) {
	server := newServer(t, Options{})
	many := `{"traces":[` + strings.TrimSuffix(strings.Repeat(`{"traceId":"x","startTime":"2026-01-01T00:00:00Z","spans":[]},`, 101), ",") + `]}`
	for _, c := range []struct {
		method, path, contentType, body string
		headers                         []string
		status                          int
		says                            string
	}{
		{"POST", "/api/traces/batch", "application/json", "<html>", nil, 400, "not a batch"},
		{"POST", "/api/traces/batch", "application/json", "{}", nil, 400, "the body has no"},
		{"POST", "/api/traces/batch", "application/json", many, nil, 400, "at most 100"},
		{"POST", "/api/traces/", "application/json", `{"spans":[]}`, nil, 400, "traceId is missing"},
		{"POST", "/v1/traces", "text/plain", "x", nil, 415, "content type"},
		{"POST", "/v1/traces", "application/json", "x", nil, 400, "no OTLP export"},
		{"POST", "/v1/traces", "application/x-protobuf", "x", nil, 400, "no OTLP export"},
		{"POST", "/v1/traces", "application/json", "x", []string{"Content-Encoding", "gzip"}, 400, "not gzip"},
		{"POST", "/v1/traces", "application/json", "x", []string{"Content-Encoding", "br"}, 415, "not known"},
		{"GET", "/api/traces/?limit=201", "", "", nil, 400, "between 1 and 200"},
		{"GET", "/api/traces/?cursor=x", "", "", nil, 400, "cursor"},
		{"GET", "/api/traces/none", "", "", nil, 404, "no such trace"},
		{"GET", "/api/traces/none/spans", "", "", nil, 404, "no such trace"},
		{"GET", "/api/nothing", "", "", nil, 404, "there is no GET"},
		{"GET", "/api/view/traces?min=fast", "", "", nil, 400, "no duration"},
		{"GET", "/api/view/traces?status=fine", "", "", nil, 400, "none of ok"},
	} {
		status, body := send(t, c.method, server.URL+c.path, c.contentType, []byte(c.body), c.headers...)
		if status != c.status || !strings.Contains(string(body), c.says[:min(len(c.says), 9)]) {
			t.Errorf("%s %s: %d %s, want %d and %q", c.method, c.path, status, body, c.status, c.says)
		}
		checkSchema(t, "api-0.5/error.schema.json", body)
	}
}

// One invalid span is reported, and does not affect the others.
func TestRejectedSpans(t *testing.T) {
	server := newServer(t, Options{})
	status, answer := send(t, "POST", server.URL+"/api/traces/batch", "application/json", []byte(`{"traces":[
		{"traceId":"a","startTime":"2026-01-01T00:00:00Z","spans":[{"spanId":"1","name":"x","startTime":"2026-01-01T00:00:00Z"},{"spanId":"2","name":"x","startTime":"yesterday"}]},
		{"traceId":"b","spans":7}]}`))
	checkSchema(t, "api-0.5/batch-answer.schema.json", answer)
	if status != 200 || !strings.Contains(string(answer), `"accepted":1`) || !strings.Contains(string(answer), `"rejected":2`) || !strings.Contains(string(answer), "yesterday") {
		t.Errorf("%d %s", status, answer)
	}
}

// A small body that decompresses to a huge one is rejected without failure.
func TestBodyLimits(t *testing.T) {
	server := newServer(t, Options{})
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range maxPlain>>20 + 1 {
		z.Write(zeros)
	}
	z.Close()
	status, body := send(t, "POST", server.URL+"/v1/traces", "application/json", bomb.Bytes(), "Content-Encoding", "gzip")
	if status != 413 {
		t.Errorf("%d %s", status, body)
	}
	r, _ := http.NewRequestWithContext(context.Background(), "POST", server.URL+"/v1/traces", io.LimitReader(zero{}, maxBody+1))
	r.Header.Set("Content-Type", "application/json")
	if answer, err := http.DefaultClient.Do(r); err == nil { // the connection may be cut before the answer is read
		answer.Body.Close()
		if answer.StatusCode != 413 {
			t.Error(answer.Status)
		}
	}
	if status, _ := send(t, "POST", server.URL+"/v1/traces", "application/json", []byte(otlpBody)); status != 200 {
		t.Error("after a bomb:", status)
	}
}

type zero struct{}

func (zero) Read(p []byte) (int, error) { return len(p), nil }

func TestPage(t *testing.T) {
	server := newServer(t, Options{})
	for path, contentType := range map[string]string{
		"/": "text/html; charset=utf-8", "/trace/x?span=y": "text/html; charset=utf-8", "/app/main.js": "text/javascript; charset=utf-8",
		"/vendor/preact.mjs": "text/javascript", "/app/style.css": "text/css; charset=utf-8",
	} {
		answer, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != contentType {
			t.Errorf("%s: %s %s", path, answer.Status, answer.Header.Get("Content-Type"))
		}
		if policy := answer.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
}

func TestLiveTellsOfChanges(t *testing.T) {
	server := newServer(t, Options{})
	answer, err := http.Get(server.URL + "/api/view/live")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	send(t, "POST", server.URL+"/v1/traces", "application/json", []byte(otlpBody))
	var seen strings.Builder
	buf := make([]byte, 1024)
	for !strings.Contains(seen.String(), "5b8efff798038103d269b633813fc60c") {
		n, err := answer.Body.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		seen.Write(buf[:n])
	}
	if !strings.Contains(seen.String(), "event: change\ndata: ") {
		t.Error(seen.String())
	}
}

func TestExportHoldsItsTraceAndNoMarkup(t *testing.T) {
	server := newServer(t, Options{})
	body := fmt.Sprintf(`{"traces":[{"traceId":"t","startTime":"2026-01-01T00:00:00Z","spans":[{"spanId":"s","name":%q,"startTime":"2026-01-01T00:00:00Z","input":"</script><script>alert(1)</script>"}]}]}`, "</script><b>")
	send(t, "POST", server.URL+"/api/traces/batch", "application/json", []byte(body))
	status, file := send(t, "GET", server.URL+"/api/view/traces/t/export?format=html", "", nil)
	if status != 200 || strings.Contains(string(file), "<script>alert") || !strings.Contains(string(file), `\u003c/script>\u003cb>`) {
		t.Errorf("%d, %d bytes", status, len(file))
	}
	for _, outside := range []string{`src="http`, `href="/`, `src="/`, `"/app/`, `"/vendor/`} {
		if strings.Contains(string(file), outside) {
			t.Errorf("the file asks for %s…", outside)
		}
	}
}
