package server

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/store"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// BenchmarkTraceOf10000 measures the server's work when a large trace is opened.
func BenchmarkTraceOf10000(b *testing.B) {
	s, err := store.Open("")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var spans []*trace.Span
	for i := range 10_000 {
		spans = append(spans, &trace.Span{TraceID: "t", SpanID: fmt.Sprint(i), ParentID: "0", Name: "step", Start: trace.Time(i + 1), End: trace.Time(i + 2)})
	}
	spans[0].ParentID = ""
	if err := s.Add(context.Background(), spans, nil); err != nil {
		b.Fatal(err)
	}
	handler := New(s, Options{})
	for b.Loop() {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/api/view/traces/t", nil))
		if w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}
