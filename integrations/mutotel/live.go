package mutotel

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// An entry is what an OpenTelemetry span that has not ended is here.
type entry struct {
	span   *mutagent.Span
	model  bool // it is the call of a model
	stands bool // span is that of a layer above, which records the same call
}

// live has an entry by span id for each of them: the contexts below a span have the
// OpenTelemetry span only.
var live sync.Map

func find(id trace.SpanID) *entry {
	e, _ := live.Load(id)
	found, _ := e.(*entry)
	return found
}

func init() {
	genai.AlsoMarked(func(ctx context.Context) bool {
		e := find(trace.SpanContextFromContext(ctx).SpanID())
		return e != nil && e.model
	})
}
