package intake_test

import (
	"testing"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/genai"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/intake"
)

// This SDK and others describe the process in the metadata of a trace.
func TestProcessOfATrace(t *testing.T) {
	b, err := intake.Vendor([]byte(`{"traces":[{"traceId":"t","metadata":{"service.name":"shop","host.name":"h","plan":"pro","resource":{"service.version":"2"}},
		"spans":[{"spanId":"a","startTime":"2026-01-01T00:00:00Z"}]}]}`))
	if err != nil || len(b.Spans) != 1 {
		t.Fatal(b, err)
	}
	s := b.Spans[0]
	if s.Resource["service.name"] != "shop" || s.Resource["host.name"] != "h" || s.Resource["service.version"] != "2" || len(s.Resource) != 3 {
		t.Error("resource", s.Resource)
	}
	if s.Attributes["trace.plan"] != "pro" || len(s.Attributes) != 1 {
		t.Error("attributes", s.Attributes)
	}
	if got := genai.Facts(s).Service; got != "shop" {
		t.Error("service", got)
	}
}
