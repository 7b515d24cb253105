package otlp

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// recs are encoded spans.
type recs [][]byte

func (r recs) Len() int        { return len(r) }
func (r recs) At(i int) []byte { return r[i] }

var began = time.Date(2026, 11, 23, 9, 30, 0, 123456789, time.UTC)

// lookup returns a tool call that succeeded.
func lookup() record.Span {
	s := record.Span{
		TraceID: record.TraceID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, ID: record.SpanID{1, 2, 3, 4, 5, 6, 7, 8},
		Kind: "tool", Name: "lookup", Status: record.StatusOK, Ended: true, Start: began, Duration: 1500 * time.Millisecond,
		More: &record.Details{Input: record.IO{Text: "A-1"}, Output: record.IO{Text: "shipped"}},
	}
	s.Events.Add(record.Event{Name: "asked", Time: began.Add(time.Second), Leveled: true}, slog.Int("rows", 3))
	return s
}

func read(t testing.TB, body *destination.Body) []byte {
	t.Helper()
	r := body.Open()
	defer r.Close()
	raw, err := io.ReadAll(r)
	require.NoError(t, err)
	require.EqualValues(t, len(raw), body.Size())
	if body.Encoding == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		require.NoError(t, err)
		raw, err = io.ReadAll(z)
		require.NoError(t, err)
	}
	return raw
}

// sent returns the request with these spans as JSON without spaces.
func sent(t testing.TB, d destination.Destination, lost record.Lost, spans ...record.Span) string {
	t.Helper()
	var encoded recs
	for i := range spans {
		if rec := d.Encode(nil, &spans[i]); len(rec) > 0 {
			encoded = append(encoded, rec)
		}
	}
	raw := read(t, d.Frame(d.Preamble(), encoded, lost))
	require.True(t, json.Valid(raw), "%s", raw)
	return string(raw)
}

// TestRequest shows one whole request.
func TestRequest(t *testing.T) {
	d := Traces(Options{
		JSON: true, Environment: "production", NoOpenInference: true,
		Resource: []slog.Attr{slog.String("service.name", "shop"), slog.String("deployment.environment.name", "other")},
	})
	got := sent(t, d, record.Lost{Spans: 3, Truncated: 1, Reasons: map[string]int64{"queue_full": 3}}, lookup())
	require.JSONEq(t, `{"resourceSpans": [{
		"resource": {"attributes": [
			{"key": "service.name", "value": {"stringValue": "shop"}},
			{"key": "deployment.environment.name", "value": {"stringValue": "production"}},
			{"key": "telemetry.sdk.name", "value": {"stringValue": "mutagent-go"}},
			{"key": "telemetry.sdk.language", "value": {"stringValue": "go"}},
			{"key": "telemetry.sdk.version", "value": {"stringValue": "`+record.SDKVersion+`"}}
		]},
		"scopeSpans": [{
			"scope": {"name": "github.com/mutagent-io/mutagent-go", "version": "`+record.SDKVersion+`", "attributes": [
				{"key": "mutagent.lost.spans", "value": {"intValue": "3"}},
				{"key": "mutagent.lost.truncated", "value": {"intValue": "1"}},
				{"key": "mutagent.lost.reason.queue_full", "value": {"intValue": "3"}}
			]},
			"spans": [{
				"traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708", "flags": 259,
				"name": "lookup", "kind": 1,
				"startTimeUnixNano": "1795426200123456789", "endTimeUnixNano": "1795426201623456789",
				"attributes": [
					{"key": "gen_ai.operation.name", "value": {"stringValue": "execute_tool"}},
					{"key": "mutagent.kind", "value": {"stringValue": "tool"}},
					{"key": "gen_ai.tool.name", "value": {"stringValue": "lookup"}},
					{"key": "gen_ai.tool.call.arguments", "value": {"stringValue": "A-1"}},
					{"key": "gen_ai.tool.call.result", "value": {"stringValue": "shipped"}}
				],
				"events": [{"timeUnixNano": "1795426201123456789", "name": "asked", "attributes": [
					{"key": "log.severity", "value": {"stringValue": "INFO"}},
					{"key": "rows", "value": {"intValue": "3"}}
				]}],
				"status": {"code": 1}
			}],
			"schemaUrl": "`+SchemaURL+`"
		}],
		"schemaUrl": "`+SchemaURL+`"
	}]}`, got)
}

func TestLogRequest(t *testing.T) {
	got := sent(t, Logs(Options{JSON: true, Events: "log"}), record.Lost{}, lookup())
	require.Contains(t, got, `"logRecords":[{"timeUnixNano":"1795426201123456789","severityNumber":9,"severityText":"INFO",`+
		`"body":{"stringValue":"asked"},"attributes":[{"key":"rows","value":{"intValue":"3"}}],"flags":3,`+
		`"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708"}]`)
}

// TestEventsGoWhereTheyShould checks that events are sent with the spans, as log
// records, or both.
func TestEventsGoWhereTheyShould(t *testing.T) {
	for events, where := range map[string]struct{ span, log bool }{"": {true, false}, "span": {true, false}, "log": {false, true}, "both": {true, true}} {
		o := Options{JSON: true, Events: events}
		s := lookup()
		require.Equal(t, where.span, strings.Contains(sent(t, Traces(o), record.Lost{}, s), `"asked"`), "%q", events)
		require.Equal(t, where.log, len(Logs(o).Encode(nil, &s)) > 0, "%q", events)
	}
}

// TestLateEvents checks that late events become a child of their span, with the same ID
// whenever they are encoded.
func TestLateEvents(t *testing.T) {
	s := lookup()
	s.Marks |= record.Late
	s.Events.Add(record.Event{Name: "still here", Time: began.Add(3 * time.Second)})
	d := Traces(Options{JSON: true})
	got := sent(t, d, record.Lost{}, s)
	require.Contains(t, got, `"parentSpanId":"0102030405060708"`)
	require.NotContains(t, got, `"spanId":"0102030405060708"`)
	require.Contains(t, got, `"name":"asked","kind":1,"startTimeUnixNano":"1795426201123456789","endTimeUnixNano":"1795426203123456789"`)
	require.Contains(t, got, `{"key":"mutagent.late","value":{"boolValue":true}}`)
	require.NotContains(t, got, "shipped", "the payload is the other span's")
	require.Equal(t, got, sent(t, d, record.Lost{}, s))

	rec := d.Encode(nil, &s)
	require.True(t, destination.FlagsOf(rec).Has(destination.Late))
	require.Empty(t, d.Strip(nil, rec))
	require.Empty(t, Traces(Options{Events: "log"}).Encode(nil, &s), "the log records are all there is")
	require.Contains(t, sent(t, Logs(Options{JSON: true, Events: "log"}), record.Lost{}, s), `"spanId":"0102030405060708"`)
}

// TestUnfinished checks that an open span ends at the last known time.
func TestUnfinished(t *testing.T) {
	s := lookup()
	s.Ended, s.Duration, s.Status = false, 0, record.StatusUnset
	got := sent(t, Traces(Options{JSON: true}), record.Lost{}, s)
	require.Contains(t, got, `"endTimeUnixNano":"1795426201123456789"`, "its last event")
	require.Contains(t, got, `{"key":"mutagent.unfinished","value":{"boolValue":true}}`)
	require.NotContains(t, got, `"status"`)
}

// TestOneException checks that an error has exactly one exception event.
func TestOneException(t *testing.T) {
	s := lookup()
	s.Status, s.EditDetails().Message, s.Attributes = record.StatusError, "no such order", []slog.Attr{slog.String("error.type", "*shop.Error")}
	d := Traces(Options{JSON: true})
	got := sent(t, d, record.Lost{}, s)
	require.Contains(t, got, `"status":{"message":"no such order","code":2}`)
	require.Contains(t, got, `"name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"*shop.Error"}},{"key":"exception.message","value":{"stringValue":"no such order"}}]`)
	require.Equal(t, 1, strings.Count(got, `"error.type"`))

	s.Events.Add(record.Event{Name: "exception", Time: began}, slog.String("exception.stacktrace", "main.main()"))
	require.Equal(t, 1, strings.Count(sent(t, d, record.Lost{}, s), `"exception"`), "a panic has left one with its stack")
}

// TestAThousandEvents checks that there is no limit of 128 events.
func TestAThousandEvents(t *testing.T) {
	s := lookup()
	for i := range 1000 {
		s.Events.Add(record.Event{Name: fmt.Sprint("event ", i), Time: began})
	}
	got := sent(t, Traces(Options{JSON: true}), record.Lost{}, s)
	for i := range 1000 {
		require.Contains(t, got, fmt.Sprintf(`"name":"event %d"`, i))
	}
}

// TestGzip checks that compressed requests have the same content, with concurrent
// encoders.
func TestGzip(t *testing.T) {
	s := lookup()
	plain, packed := Traces(Options{}), Traces(Options{Gzip: true})
	encoded := recs{plain.Encode(nil, &s), plain.Encode(nil, &s)}
	want := read(t, plain.Frame(plain.Preamble(), encoded, record.Lost{}))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				body := packed.Frame(packed.Preamble(), encoded, record.Lost{})
				if body.Encoding != "gzip" || !bytes.Equal(want, read(t, body)) {
					t.Error("not the same")
				}
			}
		})
	}
	wg.Wait()
}

// TestOtherProcess checks that records from disk are framed with the resource of their
// own process.
func TestOtherProcess(t *testing.T) {
	s := lookup()
	before := Traces(Options{JSON: true, Resource: []slog.Attr{slog.String("service.name", "before")}})
	now := Traces(Options{JSON: true, Resource: []slog.Attr{slog.String("service.name", "now")}})
	got := string(read(t, now.Frame(before.Preamble(), recs{before.Encode(nil, &s)}, record.Lost{})))
	require.Contains(t, got, `"before"`)
	require.NotContains(t, got, `"now"`)
}

// TestRecordKeepsNothing checks that a record does not refer to its span's memory, and
// has its own trace ID.
func TestRecordKeepsNothing(t *testing.T) {
	s := lookup()
	d := Traces(Options{})
	rec := d.Encode([]byte("before"), &s)
	require.Equal(t, "before", string(rec[:6]))
	require.Equal(t, s.TraceID, destination.TraceOf(rec[6:]))
	require.True(t, destination.FlagsOf(rec[6:]).Has(destination.Ended))
	require.Equal(t, d.Encode(nil, &s), rec[6:], "whatever is before it")
}

func TestHeader(t *testing.T) {
	h := Traces(Options{Headers: map[string]string{"authorization": "Bearer x", "content-type": "text/plain"}}).Header()
	require.Equal(t, "Bearer x", h.Get("Authorization"))
	require.Equal(t, "application/x-protobuf", h.Get("Content-Type"), "the content is what it is")
	require.Equal(t, "mutagent-go/"+record.SDKVersion, h.Get("User-Agent"))
	require.Equal(t, "application/json", Logs(Options{JSON: true}).Header().Get("Content-Type"))
}

// FuzzFrame frames damaged records, as a disk may return them. The program must not
// fail, and the JSON form must be valid JSON.
func FuzzFrame(f *testing.F) {
	s := lookup()
	d := Traces(Options{})
	f.Add(d.Preamble(), d.Encode(nil, &s)[destination.HeadBytes:])
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, preamble, rest []byte) {
		if len(rest) < spanAt-destination.HeadBytes {
			rest = make([]byte, spanAt-destination.HeadBytes)
		}
		rec := append(make([]byte, destination.HeadBytes), rest...)
		for _, o := range []Options{{}, {JSON: true}} {
			d := Traces(o)
			raw := read(t, d.Frame(preamble, recs{rec, d.Strip(nil, rec)}, record.Lost{}))
			require.True(t, !o.JSON || json.Valid(raw), "%s", raw)
		}
	})
}

// TestKeysOfEventsAreUnique checks that a log record's attribute overrides the logger's
// attribute with the same key. OTLP forbids duplicate keys.
func TestKeysOfEventsAreUnique(t *testing.T) {
	s := lookup()
	logger := &record.Scope{Attributes: []slog.Attr{slog.String("step", "search"), slog.Int("try", 1)}}
	s.Events.Add(record.Event{Name: "found", Time: began, Scope: logger}, slog.String("step", "read"), slog.Int("rows", 3))
	const want = `"attributes":[{"key":"try","value":{"intValue":"1"}},{"key":"step","value":{"stringValue":"read"}},{"key":"rows","value":{"intValue":"3"}}]`
	require.Contains(t, sent(t, Traces(Options{JSON: true}), record.Lost{}, s), want)
	require.Contains(t, sent(t, Logs(Options{JSON: true, Events: "log"}), record.Lost{}, s), want)
}

// TestServiceName checks that the resource always has a service name, as OpenTelemetry
// requires.
func TestServiceName(t *testing.T) {
	s := lookup()
	require.Contains(t, sent(t, Traces(Options{JSON: true}), record.Lost{}, s), `{"key":"service.name","value":{"stringValue":"unknown_service:go"}}`)
}
