package mutotel

import (
	"context"

	"github.com/mutagent-io/mutagent-go"
)

// A flusher has the methods of processors that deliver what is recorded. It does not
// shut the client down, because the processor does not own it.
type flusher struct{ client *mutagent.Client }

func (f flusher) ForceFlush(ctx context.Context) error {
	if f.client != nil {
		return f.client.Flush(ctx)
	}
	return mutagent.Flush(ctx)
}

func (f flusher) Shutdown(ctx context.Context) error { return f.ForceFlush(ctx) }
