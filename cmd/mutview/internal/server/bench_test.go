package server

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/store"
)

var words = strings.Fields(strings.Repeat("the order was shipped on monday and will arrive by thursday in paris unless customs hold it back ", 3))

func prose(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(words[rand.IntN(len(words))])
		b.WriteByte(' ')
	}
	return b.String()
}

// export returns an OTLP request with the given number of spans of 2 KB, ten to a
// trace.
func export(spans int) []byte {
	text := func(k, v string) *commonpb.KeyValue {
		return &commonpb.KeyValue{Key: k, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v}}}
	}
	var list []*tracepb.Span
	var traceID, root []byte
	for i := range spans {
		id := fmt.Appendf(nil, "%08x", rand.Uint32())
		if i%10 == 0 {
			traceID, root = fmt.Appendf(nil, "%016x", rand.Uint64()), nil
		}
		list = append(list, &tracepb.Span{TraceId: traceID, SpanId: id, ParentSpanId: root, Name: "chat", Kind: 3,
			StartTimeUnixNano: 1_770_000_000_000_000_000 + uint64(i)*1000, EndTimeUnixNano: 1_770_000_001_000_000_000,
			Attributes: []*commonpb.KeyValue{text("gen_ai.operation.name", "chat"), text("gen_ai.request.model", "gpt-4o"), text("session.id", string(traceID)),
				text("input.value", prose(950)), text("output.value", prose(650)),
				{Key: "gen_ai.usage.input_tokens", Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: 31}}}}})
		if root == nil {
			root = id
		}
	}
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{{ScopeSpans: []*tracepb.ScopeSpans{{Spans: list}}}}})
	if err != nil {
		panic(err)
	}
	return body
}

// BenchmarkIngest sends requests of 500 spans of 2 KB from four clients and waits for
// their answers. The index is built concurrently.
func BenchmarkIngest(b *testing.B) {
	s, err := store.Open(filepath.Join(b.TempDir(), "x.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	handler := New(s, Options{})
	work := make(chan []byte, b.N)
	for range b.N {
		work <- export(500)
	}
	close(work)
	var senders sync.WaitGroup
	b.ResetTimer()
	for range 4 {
		senders.Add(1)
		go func() {
			defer senders.Done()
			for body := range work {
				r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "http://localhost/v1/traces", bytes.NewReader(body))
				r.Header.Set("Content-Type", "application/x-protobuf")
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != 200 {
					b.Error(w.Code, w.Body)
				}
			}
		}()
	}
	senders.Wait()
	b.ReportMetric(float64(b.N)*500/b.Elapsed().Seconds(), "spans/s")
}
