package otlp

import (
	"encoding/binary"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/valyala/fastjson"

	"github.com/mutagent-io/mutagent-go/internal/destination"
)

// Read follows the specification of OTLP: 429, 502, 503 and 504 are retryable, and
// nothing else is. A partial success is a success.
//
// Where the specification says to give up, a request of many spans is still split if a
// single span may be the cause, so that the others arrive.
func (s *signal) Read(answer destination.Answer, n int) destination.Outcome {
	out := destination.Outcome{RetryAfter: retryAfter(answer.Header)}
	switch status := answer.Status; status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		out.Verdict = destination.Later
	case http.StatusRequestEntityTooLarge:
		out.Verdict = destination.TooMuch
		out.Advice = "the server takes only smaller requests; raise its limit, or lower MaxBatchBytes"
	case http.StatusUnauthorized, http.StatusForbidden:
		out.Verdict = destination.Refused
		out.Advice = "check the headers that carry the credentials, such as OTEL_EXPORTER_OTLP_HEADERS"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		out.Verdict = destination.Refused
		out.Advice = fmt.Sprintf("nothing takes %s at %s; check the path: OTEL_EXPORTER_OTLP_ENDPOINT has /v1/%s added, the endpoint of one signal is taken as it is", s.unit, s.url, s.path())
	case http.StatusUnsupportedMediaType:
		out.Verdict = destination.Refused
		out.Advice = s.otherEncoding()
	default:
		switch {
		case status >= 200 && status < 300:
			return s.success(answer, n)
		case status >= 300 && status < 400:
			out.Verdict = destination.Refused
			out.Advice = fmt.Sprintf("redirects are not followed; set the endpoint to where it really is: %.200q", answer.Header.Get("Location"))
		default:
			out.Verdict = destination.Unacceptable
		}
	}
	out.Note = words(answer)
	return out
}

// path returns the last element of the signal's standard path.
func (s *signal) path() string {
	if s.unit == "spans" {
		return "traces"
	}
	return "logs"
}

func (s *signal) otherEncoding() string {
	switch {
	case s.json:
		return "the server does not take JSON; use protobuf: OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
	case s.gzip:
		return "the server may not take gzip: OTEL_EXPORTER_OTLP_COMPRESSION=none"
	}
	return "the server may want JSON: OTEL_EXPORTER_OTLP_PROTOCOL=http/json"
}

// success reads an answer with status 200. Most are empty. An HTML page is not the
// answer of an OTLP server.
func (s *signal) success(answer destination.Answer, n int) destination.Outcome {
	var rejected int64
	var note string
	switch mediaType(answer) {
	case jsonType:
		rejected, note = partialJSON(answer.Body)
	case "text/html":
		return destination.Outcome{Verdict: destination.Later, Advice: fmt.Sprintf("a web page answered instead of a server of OTLP's; check the endpoint %s", s.url)}
	default:
		rejected, note = partialProtobuf(answer.Body)
	}
	if rejected > 0 && s.unit != "spans" {
		note = strings.TrimSuffix(fmt.Sprintf("%d %s rejected: %s", rejected, s.unit, note), ": ")
	}
	return destination.Outcome{Rejected: int(min(max(rejected, 0), int64(n))), Note: note}
}

func mediaType(answer destination.Answer) string {
	typ, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	return typ
}

// partialJSON reads partialSuccess. A 64-bit number is a string in protobuf's JSON, but
// some servers send a number.
func partialJSON(body []byte) (rejected int64, message string) {
	v, err := fastjson.ParseBytes(body)
	if err != nil {
		return 0, ""
	}
	partial := v.Get("partialSuccess")
	for _, key := range []string{"rejectedSpans", "rejectedLogRecords"} {
		switch count := partial.Get(key); {
		case count == nil:
		case count.Type() == fastjson.TypeString:
			rejected, _ = strconv.ParseInt(string(count.GetStringBytes()), 10, 64)
		default:
			rejected = count.GetInt64()
		}
	}
	return rejected, string(partial.GetStringBytes("errorMessage"))
}

// Fields of the response to an export.
const (
	answerPartial                   = 1
	partialRejected, partialMessage = 1, 2
)

func partialProtobuf(body []byte) (rejected int64, message string) {
	partial, ok := find(body, answerPartial, wireBytes)
	if !ok {
		return 0, ""
	}
	if count, ok := find(partial, partialRejected, wireVarint); ok {
		n, _ := binary.Uvarint(count)
		rejected = int64(n)
	}
	text, _ := find(partial, partialMessage, wireBytes)
	return rejected, valid(string(text))
}

// words returns the server's error message: from a google.rpc.Status, from one of the
// usual forms of JSON APIs, or from plain text.
func words(answer destination.Answer) string {
	switch typ := mediaType(answer); {
	case typ == protobufType:
		text, _ := find(answer.Body, 2, wireBytes) // Status.message
		return valid(string(text))
	case typ == jsonType || strings.HasSuffix(typ, "+json"):
		return wordsOfJSON(answer.Body)
	case strings.HasPrefix(typ, "text/plain") && utf8.Valid(answer.Body):
		return strings.TrimSpace(string(answer.Body))
	}
	return ""
}

func wordsOfJSON(body []byte) string {
	v, err := fastjson.ParseBytes(body)
	if err != nil {
		return ""
	}
	for _, path := range [][]string{{"message"}, {"error", "message"}, {"error"}, {"detail"}} {
		if text := v.GetStringBytes(path...); len(text) > 0 {
			return valid(string(text))
		}
	}
	return ""
}

// find returns the last field with the given number and wire type.
func find(encoded []byte, number, wireType int) (found []byte, ok bool) {
	for tag, value, rest := next(encoded); tag != 0; tag, value, rest = next(rest) {
		if tag == uint64(number<<3|wireType) {
			found, ok = value, true
		}
	}
	return found, ok
}

// retryAfter parses the header's two forms, seconds and a date. A date is compared with
// the server's own Date header. It returns 0 for anything else.
func retryAfter(header http.Header) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	until, err := http.ParseTime(text)
	now, err2 := http.ParseTime(header.Get("Date"))
	if err != nil || err2 != nil {
		return 0
	}
	return max(0, until.Sub(now))
}
