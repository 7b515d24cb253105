package prototest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	collogspb "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/otlp"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// records are encoded spans.
type records [][]byte

func (r records) Len() int        { return len(r) }
func (r records) At(i int) []byte { return r[i] }

// count is the number of random spans in each of the large tests.
var count = flag.Int("spans", 10_000, "random spans of each test")

// perRequest is the number of spans in a request.
const perRequest = 50

// each makes n random spans, sends them through d in requests, and calls check with the
// spans and the body of each request.
func each(t *testing.T, n int, d destination.Destination, check func(sent []record.Span, body []byte)) {
	r := newMaker(1)
	for range n / perRequest {
		var sent []record.Span
		var encoded records
		for range perRequest {
			s := r.span()
			if rec := d.Encode(nil, &s); len(rec) > 0 {
				sent, encoded = append(sent, s), append(encoded, rec)
				require.Equal(t, s.TraceID, destination.TraceOf(rec))
			}
		}
		check(sent, bodyOf(t, d.Frame(d.Preamble(), encoded, record.Lost{})))
	}
}

func bodyOf(t *testing.T, body *destination.Body) []byte {
	t.Helper()
	r := body.Open()
	defer r.Close()
	raw, err := io.ReadAll(r)
	require.NoError(t, err)
	require.EqualValues(t, len(raw), body.Size())
	return raw
}

func spansOf(t *testing.T, request *coltracepb.ExportTraceServiceRequest) []*tracepb.Span {
	t.Helper()
	require.Len(t, request.ResourceSpans, 1)
	require.Len(t, request.ResourceSpans[0].ScopeSpans, 1)
	require.Equal(t, otlp.SchemaURL, request.ResourceSpans[0].SchemaUrl)
	require.Equal(t, otlp.SchemaURL, request.ResourceSpans[0].ScopeSpans[0].SchemaUrl)
	return request.ResourceSpans[0].ScopeSpans[0].Spans
}

// equalSpans compares what was sent with what arrived.
func equalSpans(t *testing.T, r rule, sent []record.Span, got []*tracepb.Span) {
	t.Helper()
	require.Equal(t, len(sent), len(got))
	for i := range sent {
		s := &sent[i]
		if s.Marks.Has(record.Late) {
			equalLate(t, r, s, got[i])
			continue
		}
		equal(t, r.span(s), got[i], s)
	}
}

// equalLate compares a span of late events. It must be a child with an ID of its own.
func equalLate(t *testing.T, r rule, s *record.Span, got *tracepb.Span) {
	t.Helper()
	require.Equal(t, s.ID[:], got.ParentSpanId)
	require.NotEqual(t, s.ID[:], got.SpanId)
	first := s.Events[0][0]
	child := record.Span{TraceID: s.TraceID, ID: record.SpanID(got.SpanId), ParentID: s.ID, Trace: s.Trace, Kind: "custom", Name: first.Name,
		Start: first.Time, Ended: true, Events: s.Events, Marks: record.Late, Truncated: s.Truncated}
	if first.Time.IsZero() {
		child.Start = s.Start.Add(s.Duration)
	}
	equal(t, r.span(&child), got, s)
}

// equal compares two spans or log records. The order of attributes does not matter.
func equal(t *testing.T, want, got proto.Message, s *record.Span) {
	t.Helper()
	for _, m := range []proto.Message{want, got} {
		switch m := m.(type) {
		case *tracepb.Span:
			m.Attributes = sorted(m.Attributes)
			for _, e := range m.Events {
				e.Attributes = sorted(e.Attributes)
			}
		case *logspb.LogRecord:
			m.Attributes = sorted(m.Attributes)
		}
	}
	if !proto.Equal(want, got) {
		require.Equal(t, lines(want), lines(got), "%+v", s)
		require.Fail(t, "not equal, though they look so", "%+v", s)
	}
}

// lines formats a message for the output of a failed test.
func lines(m proto.Message) []string { return strings.Split(protojson.Format(m), "\n") }

// sorted sorts attributes, and normalizes the JSON in them.
func sorted(attrs []*commonpb.KeyValue) []*commonpb.KeyValue {
	for _, a := range attrs {
		v, ok := a.Value.Value.(*commonpb.AnyValue_StringValue)
		if !ok || v.StringValue == "" || !strings.ContainsRune(`{["0123456789-tfn`, rune(v.StringValue[0])) {
			continue
		}
		d := json.NewDecoder(strings.NewReader(v.StringValue))
		d.UseNumber()
		var parsed any
		if d.Decode(&parsed) == nil && !d.More() {
			v.StringValue = marshal(parsed)
		}
	}
	slices.SortStableFunc(attrs, func(a, b *commonpb.KeyValue) int {
		if c := strings.Compare(a.Key, b.Key); c != 0 {
			return c
		}
		return strings.Compare(a.String(), b.String())
	})
	return attrs
}

func TestSpansInProtobuf(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]otlp.Options{
		"default":          {},
		"no OpenInference": {NoOpenInference: true},
		"events as logs":   {Events: "log"},
	} {
		n := *count
		if name != "default" {
			n /= 10
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rule{openInference: !options.NoOpenInference, events: options.Events != "log"}
			each(t, n, otlp.Traces(options), func(sent []record.Span, body []byte) {
				var request coltracepb.ExportTraceServiceRequest
				require.NoError(t, proto.Unmarshal(body, &request))
				equalSpans(t, r, sent, spansOf(t, &request))
			})
		})
	}
}

func TestSpansInJSON(t *testing.T) {
	t.Parallel()
	each(t, *count, otlp.Traces(otlp.Options{JSON: true}), func(sent []record.Span, body []byte) {
		var request coltracepb.ExportTraceServiceRequest
		require.NoError(t, protojson.Unmarshal(body, &request))
		got := spansOf(t, &request)
		for _, s := range got {
			s.TraceId, s.SpanId, s.ParentSpanId = fromHex(t, s.TraceId), fromHex(t, s.SpanId), fromHex(t, s.ParentSpanId)
		}
		equalSpans(t, rule{openInference: true, events: true}, sent, got)
	})
}

// fromHex undoes the conversion of an ID by protojson: OTLP writes hex, and protobuf's
// JSON reads it as base64.
func fromHex(t *testing.T, id []byte) []byte {
	t.Helper()
	if len(id) == 0 {
		return nil
	}
	raw, err := hex.DecodeString(base64.StdEncoding.EncodeToString(id))
	require.NoError(t, err)
	return raw
}

func TestLogRecords(t *testing.T) {
	for name, asJSON := range map[string]bool{"protobuf": false, "JSON": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, *count, otlp.Logs(otlp.Options{JSON: asJSON, Events: "both"}), func(sent []record.Span, body []byte) {
				var request collogspb.ExportLogsServiceRequest
				if asJSON {
					require.NoError(t, protojson.Unmarshal(body, &request))
				} else {
					require.NoError(t, proto.Unmarshal(body, &request))
				}
				require.Len(t, request.ResourceLogs, 1)
				got := request.ResourceLogs[0].ScopeLogs[0].LogRecords
				for i := range sent {
					for _, e := range eventsOf(&sent[i]) {
						require.NotEmpty(t, got, "an event is missing")
						if asJSON {
							got[0].TraceId, got[0].SpanId = fromHex(t, got[0].TraceId), fromHex(t, got[0].SpanId)
						}
						equal(t, logRecord(&sent[i], &e), got[0], &sent[i])
						got = got[1:]
					}
				}
				require.Empty(t, got, "log records that nobody sent")
			})
		})
	}
}

// TestStrip checks that a stripped record is the skeleton of the span, marked as
// truncated.
func TestStrip(t *testing.T) {
	t.Parallel()
	d := otlp.Traces(otlp.Options{})
	r := newMaker(2)
	for range *count / 5 {
		s := r.span()
		rec := d.Encode(nil, &s)
		if len(rec) == 0 {
			continue
		}
		stripped := d.Strip([]byte("before"), rec)
		require.True(t, bytes.HasPrefix(stripped, []byte("before")))
		stripped = stripped[len("before"):]
		if s.Marks.Has(record.Late) {
			require.Empty(t, stripped)
			continue
		}
		require.LessOrEqual(t, len(stripped), len(rec)+24)
		got, whole := only(t, d, stripped), only(t, d, rec)
		require.Empty(t, got.Events)
		kept := map[string]bool{}
		for _, a := range got.Attributes {
			kept[a.Key] = true
		}
		hasPayload := len(whole.Events) > 0
		for _, a := range whole.Attributes {
			hasPayload = hasPayload || !kept[a.Key] || a.Key == "mutagent.truncated" // an attribute of the program
		}
		require.Equal(t, hasPayload || s.Truncated, kept["mutagent.truncated"], "%+v", s)
		require.Equal(t, kept["mutagent.truncated"], destination.FlagsOf(stripped).Has(destination.Truncated))
		require.Equal(t, stripped, d.Strip(nil, stripped), "once more changes nothing")
		got.Attributes, whole.Attributes, whole.Events = nil, nil, nil
		require.True(t, proto.Equal(whole, got))
	}
}

func only(t *testing.T, d destination.Destination, rec []byte) *tracepb.Span {
	t.Helper()
	var request coltracepb.ExportTraceServiceRequest
	require.NoError(t, proto.Unmarshal(bodyOf(t, d.Frame(d.Preamble(), records{rec}, record.Lost{})), &request))
	list := spansOf(t, &request)
	require.Len(t, list, 1)
	return list[0]
}
