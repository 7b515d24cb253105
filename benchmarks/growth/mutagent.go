package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/benchmarks"
)

type mutagentTracer struct {
	client *mutagent.Client
	root   context.Context
	ctxs   []context.Context
	ends   []func(...*error)
}

// newMutagent has room for so many bytes of spans, or for the default if it is 0.
// Everything else is as it comes.
func newMutagent(server http.RoundTripper, room int) (*mutagentTracer, error) {
	c, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_growth", Endpoint: "https://null.invalid", HTTPClient: &http.Client{Transport: server},
		Logger: slog.New(slog.DiscardHandler), MaxQueueBytes: room,
	})
	if err != nil {
		return nil, err
	}
	return &mutagentTracer{client: c, root: c.Context(context.Background())}, nil
}

func (t *mutagentTracer) name() string { return ours }

func (t *mutagentTracer) room(spans int) {
	t.ctxs, t.ends = make([]context.Context, spans), make([]func(...*error), spans)
}

func (t *mutagentTracer) start(i int) {
	t.ctxs[i], t.ends[i] = mutagent.Start(t.root, mutagent.KindTool, "lookup")
}

func (t *mutagentTracer) event(i int) {
	mutagent.FromContext(t.ctxs[i]).AddEvent("picked a tool", slog.String("tool", "orders"), slog.Int("attempt", 2))
}

func (t *mutagentTracer) input(i int, text string) { mutagent.SetInput(t.ctxs[i], text) }

func (t *mutagentTracer) end(i int) {
	t.ends[i]()
	t.ctxs[i], t.ends[i] = nil, nil
}

func (t *mutagentTracer) flush() { _ = t.client.Flush(t.root) } // what is not delivered is counted in close

func (t *mutagentTracer) close() int64 {
	_ = t.client.Shutdown(t.root)
	return t.client.Stats().Delivered
}

func (t *mutagentTracer) lost() int64 {
	stats := t.client.Stats()
	return stats.DroppedEvents + stats.Truncated
}

func (t *mutagentTracer) agent(calls int, each func(began time.Time)) {
	ctx, end := mutagent.Start(t.root, mutagent.KindAgent, "agent")
	defer end()
	for range calls {
		began := time.Now()
		benchmarks.Full(ctx)
		each(began)
	}
}

func (t *mutagentTracer) state(int64) (s state) {
	stats := t.client.Stats()
	s.delivered, s.pending = stats.Delivered, stats.Pending
	for _, n := range stats.Dropped {
		s.dropped += n
	}
	return s
}
