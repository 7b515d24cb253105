package matrix

import (
	"context"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// contexts define what the context of a traced call has.
type contexts int

const (
	span   contexts = iota
	noSpan          // a client, but no span
	off             // a client that records nothing
)

// compare runs the case untraced and traced.
func (c *course) compare(t *testing.T, api API, untraced, traced Connect) {
	rec := mutest.New(t)
	pprof.Do(t.Context(), pprof.Labels(label, t.Name()), func(ctx context.Context) {
		want := c.run(t, ctx, untraced)
		assert.NotEmpty(t, want.err+strings.Join(want.items, ""), "the case must show something")
		ctx, end := c.trace(ctx, rec)
		got := c.run(t, ctx, traced)
		end()
		stragglers(t) // after this, no goroutine can change a span
		if c.ctx == off {
			assert.Empty(t, rec.Traces())
		} else {
			rec.Golden(filepath.Join("testdata", api.Name, c.name+".tree"))
		}
		assert.Equal(t, want.items, got.items, "what the library returned")
		assert.Equal(t, want.err, got.err, "the error")
		assert.Equal(t, want.requests, got.requests, "what the server was sent")
	})
}

// trace returns the context for the traced program.
func (c *course) trace(ctx context.Context, rec *mutest.Recorder) (context.Context, func(...*error)) {
	switch c.ctx {
	case noSpan:
		return rec.Context(ctx), func(...*error) {}
	case off:
		var nobody *mutagent.Client
		return nobody.Context(ctx), func(...*error) {}
	}
	return mutagent.Start(rec.Context(ctx), mutagent.KindAgent, "program")
}
