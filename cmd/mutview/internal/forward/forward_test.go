package forward

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync/atomic"
	"testing"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/genai"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// A process that has to make room for another takes with it what cannot be delivered, and
// nothing of the other.
func TestManyProcesses(t *testing.T) {
	var open atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !open.Load() {
			http.Error(w, "no", http.StatusForbidden)
		}
	}))
	defer server.Close()
	f, err := New(Options{To: server.URL, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	var spans []*trace.Span
	for i := range maxClients { // the client that New makes is the first to go, and has nothing
		spans = append(spans, spanOf(i))
	}
	if n, err := f.Send(context.Background(), spans); n != maxClients || err != nil {
		t.Fatal(n, err)
	}
	if n, err := f.Send(context.Background(), []*trace.Span{spanOf(maxClients)}); n != 1 || err == nil {
		t.Fatal(n, err)
	}
	open.Store(true)
	if n, err := f.Close(context.Background()); n != maxClients || err == nil {
		t.Error(n, err)
	}
}

func spanOf(process int) *trace.Span {
	return &trace.Span{
		TraceID: fmt.Sprintf("%032x", process+1), SpanID: fmt.Sprintf("%016x", process+1), Name: "s", Start: 1, End: 2,
		Resource: trace.Attrs{"service.name": fmt.Sprint(process)},
	}
}

// A file is forwarded as what it is.
func TestPartsOfFiles(t *testing.T) {
	got := ioOf(genai.IO{Messages: []genai.Message{{Role: "user", Parts: []genai.Part{
		{Type: "uri", Text: "image/png · gs://b/x", MIMEType: "image/png", URI: "gs://b/x"}, {Type: "image_url", Text: "https://x.test/y"},
	}}}})
	want := mutagent.IO{Messages: []mutagent.Message{{Role: "user", Parts: []mutagent.Part{
		{Type: "uri", MIMEType: "image/png", URI: "gs://b/x"}, {Type: "image_url", Content: "https://x.test/y"},
	}}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}
