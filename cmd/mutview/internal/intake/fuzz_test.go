package intake

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/genai"
)

// check checks the properties of every batch: IDs that can be keys, and facts that can
// be derived without a panic and encoded as JSON.
func check(t *testing.T, b Batch) {
	for _, s := range b.Spans {
		if checkID("", s.TraceID) != nil || checkID("", s.SpanID) != nil {
			t.Fatalf("ids %q %q", s.TraceID, s.SpanID)
		}
		genai.Facts(s)
		if _, err := json.Marshal([]any{genai.Input(s), genai.Output(s), s.Attributes, s.Events}); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzVendor(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.json")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var recording struct {
			Requests []struct{ Body json.RawMessage }
		}
		json.Unmarshal(raw, &recording)
		for _, r := range recording.Requests {
			f.Add([]byte(r.Body))
		}
	}
	f.Add([]byte(`{"traces":[{"traceId":"a","metadata":{"user":1,"resource":{"service.name":"x"}},"spans":[{"spanId":"b","startTime":"2026-01-01T00:00:00Z","input":"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}]}","metadata":{"events":[{"name":"e","source":{"file":"f","line":1}}],"attributes":{"gen_ai.usage.input_tokens":1}}}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if b, err := Vendor(body); err == nil {
			check(t, b)
		}
		if b, err := VendorOne(body); err == nil {
			check(t, b)
		}
	})
}

const seed = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","startTimeUnixNano":"1","attributes":[
 {"key":"llm.input_messages.0.message.role","value":{"stringValue":"user"}},{"key":"llm.input_messages.0.message.contents.0.message_content.text","value":{"stringValue":"x"}},
 {"key":"gen_ai.output.messages","value":{"stringValue":"[{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"name\":\"f\"}]}]"}},{"key":"d","value":{"doubleValue":"NaN"}}]}]}]}]}`

func FuzzOTLPJSON(f *testing.F) {
	f.Add([]byte(seed))
	f.Add([]byte(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"kvlistValue":{"values":[{"key":"k","value":{"bytesValue":"AAA="}}]}}}]}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if b, err := OTLPTraces(body, JSON); err == nil {
			check(t, b)
		}
		OTLPLogs(body, JSON)
	})
}

func FuzzOTLPProtobuf(f *testing.F) {
	var data tracepb.TracesData
	if err := unmarshal([]byte(seed), JSON, &data); err != nil {
		f.Fatal(err)
	}
	for _, s := range data.ResourceSpans[0].ScopeSpans[0].Spans {
		s.TraceId, s.SpanId = s.TraceId[:16], s.SpanId[:8]
	}
	raw, err := proto.Marshal(&data)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, body []byte) {
		if b, err := OTLPTraces(body, Protobuf); err == nil {
			check(t, b)
		}
		OTLPLogs(body, Protobuf)
	})
}
