package muteino_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/compose"
	"github.com/cloudwego/eino/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/muteino"
	"github.com/mutagent-io/mutagent-go/mutest"
)

type app = compose.Runnable[string, *schema.Message]

// programs are chains that end in different ways.
var programs = map[string]func(c *compose.Chain[string, *schema.Message]){
	"ok":    chat(&fakeModel{pieces: []*schema.Message{text("On "), text("Wednesday."), last("stop")}}),
	"error": chat(&fakeModel{err: errDown}),
	"late error": chat(&fakeModel{
		pieces: []*schema.Message{text("On "), text("Wed")}, late: errDown,
	}),
	"pieces that do not fit": chat(&fakeModel{pieces: []*schema.Message{text("a"), schema.UserMessage("b")}}),
	"nothing":                chat(&fakeModel{}),
	"nil message":            chat(&fakeModel{pieces: []*schema.Message{nil}}),
	"model that calls back":  func(c *compose.Chain[string, *schema.Message]) { ask(c).AppendChatModel(&callingModel{}) },
	"panic": func(c *compose.Chain[string, *schema.Message]) {
		c.AppendLambda(compose.InvokableLambda(func(context.Context, string) (*schema.Message, error) { panic("no such order") }))
	},
	"interrupt": func(c *compose.Chain[string, *schema.Message]) {
		c.AppendLambda(compose.InvokableLambda(func(ctx context.Context, _ string) (*schema.Message, error) {
			return nil, compose.Interrupt(ctx, "may I?")
		}))
	},
	"collects": func(c *compose.Chain[string, *schema.Message]) {
		chat(&fakeModel{pieces: []*schema.Message{text("a"), text("b"), text("c")}})(c)
		c.AppendLambda(compose.CollectableLambda(func(_ context.Context, in *schema.StreamReader[*schema.Message]) (*schema.Message, error) {
			items, err := all(in)
			return text(fmt.Sprint(len(items), " pieces")), err
		}))
	},
	"stops early": func(c *compose.Chain[string, *schema.Message]) {
		chat(&fakeModel{pieces: []*schema.Message{text("a"), text("b"), text("c")}})(c)
		c.AppendLambda(compose.TransformableLambda(func(_ context.Context, in *schema.StreamReader[*schema.Message]) (*schema.StreamReader[*schema.Message], error) {
			defer in.Close()
			first, err := in.Recv()
			return schema.StreamReaderFromArray([]*schema.Message{first}), err
		}))
	},
}

func ask(c *compose.Chain[string, *schema.Message]) *compose.Chain[string, *schema.Message] {
	return c.AppendLambda(compose.InvokableLambda(func(_ context.Context, q string) ([]*schema.Message, error) {
		return []*schema.Message{schema.UserMessage(q)}, nil
	}))
}

func chat(m *fakeModel) func(c *compose.Chain[string, *schema.Message]) {
	return func(c *compose.Chain[string, *schema.Message]) { ask(c).AppendChatModel(m) }
}

// An outcome is everything that a caller sees of a run.
type outcome struct {
	items  []*schema.Message
	err    string
	down   bool
	paused bool
}

func outcomeOf(items []*schema.Message, err error) outcome {
	_, paused := compose.ExtractInterruptInfo(err)
	o := outcome{items: items, down: errors.Is(err, errDown), paused: paused}
	if err != nil && !paused { // the text of an interrupt contains IDs
		o.err, _, _ = cutStack(err.Error())
	}
	return o
}

func invoke(ctx context.Context, a app, opts ...compose.Option) outcome {
	item, err := a.Invoke(ctx, "where?", opts...)
	return outcomeOf([]*schema.Message{item}, err)
}

func stream(ctx context.Context, a app, opts ...compose.Option) outcome {
	s, err := a.Stream(ctx, "where?", opts...)
	if err != nil {
		return outcomeOf(nil, err)
	}
	return outcomeOf(all(s))
}

// A traced program behaves like the untraced one, recorded or not.
func TestSameAsUntraced(t *testing.T) {
	for name, build := range programs {
		for way, run := range map[string]func(context.Context, app, ...compose.Option) outcome{"invoke": invoke, "stream": stream} {
			t.Run(name+"/"+way, func(t *testing.T) {
				chain := compose.NewChain[string, *schema.Message]()
				build(chain)
				a := must[app](t)(chain.Compile(t.Context(), compose.WithGraphName("chain")))
				want := run(t.Context(), a)

				rec := mutest.New(t)
				for _, ctx := range []context.Context{rec.Context(t.Context()), t.Context(), mutagent.WithSuppressed(t.Context())} {
					assert.Equal(t, want, run(ctx, a, traced))
				}
				wait(t)
				require.Len(t, rec.Traces(), 1, "what has no recorder is not recorded")
				for _, span := range rec.Spans() {
					assert.NotEqual(t, mutagent.StatusUnset, span.Status, "%s has ended", span.Name)
				}
				assert.Equal(t, want.err != "", rec.Span("chain").Status == mutagent.StatusError)
			})
		}
	}
}

// Without a span no copy of a stream is needed.
func TestNeeded(t *testing.T) {
	checker := muteino.Handler().(callbacks.TimingChecker)
	info := &callbacks.RunInfo{Name: "x"}
	ctx := muteino.Handler().OnStart(mutagent.WithSuppressed(t.Context()), info, "in")
	assert.False(t, checker.Needed(ctx, info, callbacks.TimingOnEndWithStreamOutput))

	rec := mutest.New(t)
	ctx = muteino.Handler().OnStart(rec.Context(t.Context()), info, "in")
	assert.True(t, checker.Needed(ctx, info, callbacks.TimingOnEndWithStreamOutput))
	assert.False(t, checker.Needed(ctx, &callbacks.RunInfo{Name: "x"}, callbacks.TimingOnEnd), "that is another component")
	muteino.Handler().OnEnd(ctx, info, "out")
}
