package muteino

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/compose"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/internal/modelcall"
)

// A run is one execution of a component. The context of the execution carries it.
type run struct {
	span   *mutagent.Span
	close  func(...*error) // ends the span of a model call, unless it is borrowed
	kind   mutagent.Kind
	model  string // that was requested, if known
	began  time.Time
	info   *callbacks.RunInfo
	parent *run
	input  chan struct{} // closed when the input stream has been read, nil if there is none

	mu    sync.Mutex
	state state
	open  map[*run]struct{} // child runs
}

type state int

const (
	running   state = iota
	streaming       // the component has returned, and its stream continues
	ended
)

type runKey struct{}

// begin starts the run that info describes, if it is to be recorded and has not started
// already. A model call is marked for the layers below the component, and is not
// recorded again if a layer above has marked it. The children of a component that is
// not recorded become children of the span around it.
func (h handler) begin(ctx context.Context, info *callbacks.RunInfo, input any) (context.Context, *run) {
	parent, _ := ctx.Value(runKey{}).(*run)
	if info != nil && parent != nil && parent.info == info {
		return ctx, nil // another handler of this package was first
	}
	component := componentOf(info, input)
	kind := kindOf(component)
	r := &run{kind: kind, began: time.Now(), info: info, parent: parent}
	if h.internal || !internal(info, parent) {
		ctx = r.start(ctx, nameOf(info, component))
	}
	ctx = context.WithValue(ctx, runKey{}, r) // also without a span: a span that ends now must not be the parent
	if r.span == nil {
		return ctx, nil
	}
	parent.add(r)
	return ctx, r
}

// start starts the span of r, if it is to have one.
func (r *run) start(ctx context.Context, name string) context.Context {
	if !r.ofModel() {
		ctx, r.span = mutagent.StartSpan(ctx, mutagent.SpanOptions{Kind: r.kind, Name: name})
		return ctx
	}
	ctx, end, ok := modelcall.Start(ctx, r.kind, name)
	if ok {
		r.span, r.close = mutagent.FromContext(ctx), end
	}
	return ctx
}

// runOf returns the run that ctx carries if info is of that run, or nil. The pointers
// must be identical, because a component may end without having started.
func runOf(ctx context.Context, info *callbacks.RunInfo) *run {
	if r, _ := ctx.Value(runKey{}).(*run); r != nil && r.span != nil && r.info == info {
		return r
	}
	return nil
}

// recorded returns r or its nearest ancestor that has a span, or nil.
func (r *run) recorded() *run {
	for r != nil && r.span == nil {
		r = r.parent
	}
	return r
}

func (r *run) add(child *run) {
	r = r.recorded()
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open = map[*run]struct{}{}
	}
	r.open[child] = struct{}{}
}

func (r *run) remove(child *run) {
	r = r.recorded()
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, child)
}

// advance sets the state of r to next, and reports whether r was before it.
func (r *run) advance(next state) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state >= next {
		return false
	}
	r.state = next
	return true
}

func (r *run) stream() bool { return r.advance(streaming) }

func (r *run) started(ctx context.Context, input any) {
	input = notNil(input)
	r.span.SetInput(r.io(input))
	r.span.SetAttributes(parameters(input)...)
	if in, ok := input.(*model.CallbackInput); ok && in.Config != nil {
		r.model = in.Config.Model
		r.span.SetMetrics(mutagent.Metrics{Model: r.model})
	}
	if id := compose.GetToolCallID(ctx); id != "" && r.kind == mutagent.KindTool {
		r.span.SetAttributes(slog.String("gen_ai.tool.call.id", id))
	}
}

func (r *run) finished(output any) {
	output = notNil(output)
	r.span.SetAttributes(results(output)...)
	r.end(mutagent.EndOptions{Output: r.io(output), Metrics: r.own(metrics(output))})
}

// own returns m if r itself used the tokens. A graph usually returns the message of a
// model, and would count the model's tokens again.
func (r *run) own(m mutagent.Metrics) mutagent.Metrics {
	if !r.ofModel() {
		return mutagent.Metrics{}
	}
	r.charge(&m)
	return m
}

func (r *run) ofModel() bool {
	return r.kind == mutagent.KindLLMChat || r.kind == mutagent.KindLLMEmbedding
}

func (r *run) streamed(ctx context.Context, all *pieces, err error) {
	if r.input != nil {
		select {
		case <-r.input:
		case <-ctx.Done(): // the stream may not have been read
		}
	}
	out := all.io()
	if out.Text != "" {
		out = r.io(out.Text)
	}
	r.span.SetAttributes(slog.Int("stream.items", all.items))
	r.end(mutagent.EndOptions{Output: out, Metrics: r.own(all.metrics), Err: err})
}

// failed ends r with an error, unless the error is an interrupt. Runs inside are also
// ended, because eino recovers from panics of components without calling their
// handlers.
func (r *run) failed(err error) {
	if pause, ok := interrupt(err); ok {
		r.span.AddEvent("interrupt", pause...)
		r.end(mutagent.EndOptions{})
		return
	}
	r.end(mutagent.EndOptions{Err: err})
	for _, inner := range r.left() {
		inner.failed(fmt.Errorf("did not end before what it is part of: %w", err))
	}
}

// left returns the runs inside r that have not returned.
func (r *run) left() (runs []*run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for inner := range r.open {
		if inner.is(running) {
			runs = append(runs, inner)
		}
	}
	return runs
}

func (r *run) is(s state) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state == s
}

func (r *run) end(options mutagent.EndOptions) {
	if !r.advance(ended) {
		return
	}
	if r.close == nil {
		r.span.End(options)
	} else {
		r.span.SetOutput(options.Output)
		r.span.SetMetrics(options.Metrics)
		r.close(&options.Err)
	}
	r.parent.remove(r)
}

// interrupt reports whether err is an interrupt, and returns its details.
func interrupt(err error) (pause []slog.Attr, ok bool) {
	if info, ok := compose.ExtractInterruptInfo(err); ok {
		for key, nodes := range map[string][]string{"before": info.BeforeNodes, "after": info.AfterNodes, "again": info.RerunNodes} {
			if len(nodes) > 0 {
				pause = append(pause, slog.Any(key, nodes))
			}
		}
		return pause, true
	}
	if value, ok := compose.IsInterruptRerunError(err); ok {
		return []slog.Attr{slog.Any("value", value)}, true
	}
	return nil, false
}
