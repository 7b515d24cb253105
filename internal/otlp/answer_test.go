package otlp

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
)

func answer(status int, contentType, body string, header ...string) destination.Answer {
	h := http.Header{}
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return destination.Answer{Status: status, Header: h, Body: []byte(body)}
}

func TestVerdicts(t *testing.T) {
	d := Traces(Options{URL: "http://c:4318/v1/traces"})
	for verdict, statuses := range map[destination.Verdict][]int{
		destination.Accepted:     {200, 202, 204},
		destination.Later:        {429, 502, 503, 504},
		destination.TooMuch:      {413},
		destination.Refused:      {301, 302, 307, 308, 401, 403, 404, 405, 415},
		destination.Unacceptable: {400, 408, 409, 422, 500, 501, 505},
	} {
		for _, status := range statuses {
			require.Equal(t, verdict, d.Read(answer(status, "", ""), 10).Verdict, "%d", status)
		}
	}
}

// partial is the answer of a server that rejected two spans. rejected_spans is field 1
// and error_message field 2 of the message in field 1.
const partial = "\x0a\x0a\x08\x02\x12\x06no way"

func TestPartialSuccess(t *testing.T) {
	d := Traces(Options{})
	for _, c := range []struct {
		name, contentType, body string
		rejected                int
		note                    string
	}{
		{"empty", "application/x-protobuf", "", 0, ""},
		{"empty without a type", "", "", 0, ""},
		{"empty partial success", "application/x-protobuf", "\x0a\x00", 0, ""},
		{"rejected", "application/x-protobuf", partial, 2, "no way"},
		{"rejected without a type", "", partial, 2, "no way"},
		{"only a warning", "application/x-protobuf", "\x0a\x08\x12\x06no way", 0, "no way"},
		{"unknown fields", "application/x-protobuf", "\x18\x05" + partial + "\x21abcdefgh\x2dabcd", 2, "no way"},
		{"more than were sent", "application/x-protobuf", "\x0a\x03\x08\xff\x7f", 10, ""},
		{"less than none", "application/x-protobuf", "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, ""},
		{"broken off", "application/x-protobuf", partial[:8], 0, ""},
		{"no protobuf", "application/x-protobuf", "\xff\xff\xff", 0, ""},
		{"JSON", "application/json; charset=utf-8", `{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no way"}}`, 2, "no way"},
		{"JSON with a number", "application/json", `{"partialSuccess":{"rejectedSpans":2}}`, 2, ""},
		{"JSON of nothing", "application/json", `{}`, 0, ""},
		{"JSON of null", "application/json", `{"partialSuccess":null}`, 0, ""},
		{"no JSON", "application/json", `{"partial`, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, destination.Outcome{Rejected: c.rejected, Note: c.note}, d.Read(answer(200, c.contentType, c.body), 10))
		})
	}
}

// TestRejectedLogRecords checks that rejected log records are counted in spans, and
// that the message calls them log records.
func TestRejectedLogRecords(t *testing.T) {
	d := Logs(Options{Events: "log"})
	out := d.Read(answer(200, "application/x-protobuf", "\x0a\x0b\x08\xe8\x07\x12\x06no way"), 10)
	require.Equal(t, destination.Outcome{Rejected: 10, Note: "1000 log records rejected: no way"}, out)
	out = d.Read(answer(200, "application/json", `{"partialSuccess":{"rejectedLogRecords":"3"}}`), 10)
	require.Equal(t, destination.Outcome{Rejected: 3, Note: "3 log records rejected"}, out)
}

func TestAWebPageIsNoAnswer(t *testing.T) {
	out := Traces(Options{URL: "http://portal/v1/traces"}).Read(answer(200, "text/html; charset=utf-8", "<html>"), 10)
	require.Equal(t, destination.Later, out.Verdict)
	require.Contains(t, out.Advice, "http://portal/v1/traces")
}

func TestRetryAfter(t *testing.T) {
	d := Traces(Options{})
	const date = "Tue, 24 Nov 2026 17:30:00 GMT"
	for text, want := range map[string]time.Duration{
		"3": 3 * time.Second, " 120 ": 2 * time.Minute, "": 0, "-1": 0, "soon": 0, "99999999999999999999": 0,
		"Tue, 24 Nov 2026 17:30:07 GMT": 7 * time.Second, "Tue, 24 Nov 2026 17:29:00 GMT": 0,
	} {
		require.Equal(t, want, d.Read(answer(503, "", "", "Retry-After", text, "Date", date), 1).RetryAfter, "%q", text)
	}
	require.Zero(t, d.Read(answer(503, "", "", "Retry-After", date), 1).RetryAfter, "without the server's clock a date says nothing")
}

// TestWords checks that the server's message is found in every form.
func TestWords(t *testing.T) {
	d := Traces(Options{})
	for _, c := range []struct{ contentType, body, note string }{
		{"application/x-protobuf", "\x08\x03\x12\x06no way", "no way"},
		{"application/x-protobuf", "\x12\x02\xff\xfe", "\ufffd\ufffd"},
		{"application/json", `{"code":3,"message":"no way"}`, "no way"},
		{"application/json", `{"error":{"message":"no way"}}`, "no way"},
		{"application/json", `{"error":"no way"}`, "no way"},
		{"application/problem+json", `{"detail":"no way"}`, "no way"},
		{"application/json", `[]`, ""},
		{"application/json", `{`, ""},
		{"text/plain; charset=utf-8", "no way\n", "no way"},
		{"text/plain", "\xff", ""},
		{"text/html", "<html>", ""},
		{"", "no way", ""},
	} {
		require.Equal(t, c.note, d.Read(answer(400, c.contentType, c.body), 1).Note, "%s %q", c.contentType, c.body)
	}
}

// TestAdvice checks that the error has advice for the user where some is known.
func TestAdvice(t *testing.T) {
	for status, says := range map[int]string{
		401: "OTEL_EXPORTER_OTLP_HEADERS",
		404: "nothing takes spans at http://c/v1/traces",
		413: "raise its limit",
		308: `"https://c/"`,
	} {
		out := Traces(Options{URL: "http://c/v1/traces"}).Read(answer(status, "", "", "Location", "https://c/"), 1)
		require.Contains(t, out.Advice, says, "%d", status)
	}
	for says, o := range map[string]Options{
		"PROTOCOL=http/protobuf": {JSON: true, Gzip: true},
		"COMPRESSION=none":       {Gzip: true},
		"PROTOCOL=http/json":     {},
	} {
		require.Contains(t, Logs(o).Read(answer(415, "", ""), 1).Advice, says)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(200, "application/x-protobuf", []byte(partial))
	f.Add(200, "application/json", []byte(`{"partialSuccess":{"rejectedSpans":"2"}}`))
	f.Add(400, "application/x-protobuf", []byte("\x08\x03\x12\x06no way"))
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		out := Traces(Options{}).Read(answer(status, contentType, string(body)), 7)
		require.GreaterOrEqual(t, out.Rejected, 0)
		require.LessOrEqual(t, out.Rejected, 7)
	})
}
