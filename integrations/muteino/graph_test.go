package muteino_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/components"
	"github.com/cloudwego/eino/components/embedding"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/components/prompt"
	"github.com/cloudwego/eino/compose"
	"github.com/cloudwego/eino/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/muteino"
	"github.com/mutagent-io/mutagent-go/mutest"
)

var traced = compose.WithCallbacks(muteino.Handler())

func wait(t *testing.T) {
	t.Helper()
	require.NoError(t, muteino.Wait(t.Context()))
}

// all reads a stream as a program would.
func all[T any](stream *schema.StreamReader[T]) (items []T, err error) {
	defer stream.Close()
	for {
		item, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return items, err
		}
		items = append(items, item)
	}
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		require.NoError(t, err)
		return v
	}
}

func TestInvoke(t *testing.T) {
	rec := mutest.New(t)
	inner := compose.NewChain[map[string]any, *schema.Message]()
	inner.AppendChatTemplate(prompt.FromMessages(schema.FString, schema.SystemMessage("Be short."), schema.UserMessage("{question}")), compose.WithNodeName("ask"))
	inner.AppendChatModel(&callingModel{fakeModel{pieces: []*schema.Message{text("On Wednesday.")}}}, compose.WithNodeName("toy"))

	g := compose.NewGraph[string, string]()
	require.NoError(t, g.AddRetrieverNode("facts", fakeRetriever{}, compose.WithNodeName("facts")))
	require.NoError(t, g.AddLambdaNode("vars", compose.InvokableLambda(func(ctx context.Context, docs []*schema.Document) (map[string]any, error) {
		_, end := mutagent.Start(ctx, mutagent.KindGuardrail, "input-check")
		defer end()
		return map[string]any{"question": docs[0].Content + " When?"}, nil
	}), compose.WithNodeName("vars")))
	require.NoError(t, g.AddGraphNode("answer", inner, compose.WithNodeName("answer")))
	require.NoError(t, g.AddLambdaNode("shout", compose.InvokableLambda(func(_ context.Context, m *schema.Message) (string, error) {
		return strings.ToUpper(m.Content), nil
	})))
	for _, edge := range [][2]string{{compose.START, "facts"}, {"facts", "vars"}, {"vars", "answer"}, {"answer", "shout"}, {"shout", compose.END}} {
		require.NoError(t, g.AddEdge(edge[0], edge[1]))
	}
	app := must[compose.Runnable[string, string]](t)(g.Compile(t.Context(), compose.WithGraphName("support")))

	ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "agent")
	out, err := app.Invoke(ctx, "order 7", traced)
	end(&err)
	require.NoError(t, err)
	assert.Equal(t, "ON WEDNESDAY.", out)
	rec.Golden("testdata/invoke.tree")
}

func TestStream(t *testing.T) {
	rec := mutest.New(t)
	chain := compose.NewChain[[]*schema.Message, string]()
	thinking := text("")
	thinking.ReasoningContent = "They ask for order 7."
	chain.AppendChatModel(&fakeModel{pieces: []*schema.Message{thinking, text("On "), text("Wednesday."), last("stop")}}, compose.WithNodeName("toy"))
	chain.AppendLambda(compose.TransformableLambda(func(ctx context.Context, in *schema.StreamReader[*schema.Message]) (*schema.StreamReader[string], error) {
		mutagent.FromContext(ctx).AddEvent("inside")
		return schema.StreamReaderWithConvert(in, func(m *schema.Message) (string, error) { return m.Content, nil }), nil
	}), compose.WithNodeName("content"))
	app := must[compose.Runnable[[]*schema.Message, string]](t)(chain.Compile(t.Context(), compose.WithGraphName("answer")))

	stream := must[*schema.StreamReader[string]](t)(app.Stream(rec.Context(t.Context()), []*schema.Message{schema.UserMessage("Where is it?")}, traced))
	items := must[[]string](t)(all(stream))
	assert.Equal(t, "On Wednesday.", strings.Join(items, ""))
	wait(t)
	rec.Golden("testdata/stream.tree")
	assert.Positive(t, rec.Span("toy").Metrics.TimeToFirstToken)
}

// A component that is called directly may call back with or without a RunInfo.
func TestComponents(t *testing.T) {
	rec := mutest.New(t)
	start := func(info *callbacks.RunInfo) context.Context {
		return callbacks.InitCallbacks(rec.Context(t.Context()), info, muteino.Handler())
	}
	in := []*schema.Message{
		{Role: schema.User, Name: "Ann", UserInputMultiContent: []schema.MessageInputPart{
			{Type: schema.ChatMessagePartTypeText, Text: "What is this?"},
			{Type: schema.ChatMessagePartTypeImageURL, Image: &schema.MessageInputImage{MessagePartCommon: schema.MessagePartCommon{URL: pointer("https://example.com/a.png")}}},
			{Type: schema.ChatMessagePartTypeImageURL, Image: &schema.MessageInputImage{MessagePartCommon: schema.MessagePartCommon{URL: pointer("data:image/png;base64,AAAA"), MIMEType: "image/png"}}},
			{Type: schema.ChatMessagePartTypeAudioURL, Audio: &schema.MessageInputAudio{MessagePartCommon: schema.MessagePartCommon{Base64Data: pointer("AAAA"), MIMEType: "audio/wav"}}},
		}},
		schema.AssistantMessage("", []schema.ToolCall{{ID: "c1", Function: schema.FunctionCall{Name: "see", Arguments: `{"what":`}}}),
		schema.ToolMessage("a cat", "c1", schema.WithToolName("see")),
		nil,
	}
	_, err := (&callingModel{fakeModel{err: errDown}}).Generate(start(&callbacks.RunInfo{Name: "named", Component: components.ComponentOfChatModel}), in)
	require.ErrorIs(t, err, errDown)
	_, err = (&callingModel{fakeModel{pieces: []*schema.Message{text("A cat.")}}}).Generate(start(nil), in)
	require.NoError(t, err)

	ctx := callbacks.OnStart(start(nil), &model.CallbackInput{Messages: in[2:]})
	callbacks.OnEnd(ctx, (*model.CallbackOutput)(nil))
	ctx = callbacks.OnStart(start(nil), &embedding.CallbackInput{Texts: []string{"a", "b"}})
	callbacks.OnEnd(ctx, &embedding.CallbackOutput{
		Embeddings: [][]float64{{1, 2, 3}, {4, 5, 6}}, Config: &embedding.Config{Model: "embed-1"},
		TokenUsage: &embedding.TokenUsage{PromptTokens: 2, TotalTokens: 2},
	})
	ctx = callbacks.OnStart(start(nil), 7)
	callbacks.OnEnd(ctx, make(chan int))
	rec.Golden("testdata/components.tree")
}

func pointer[T any](v T) *T { return &v }

// The input of a component is recorded on its own span, at any concurrency.
func TestParallel(t *testing.T) {
	const runs, width = 30, 10
	rec := mutest.New(t)
	g := compose.NewGraph[int, map[string]any]()
	for i := range width {
		key := fmt.Sprint("n", i)
		require.NoError(t, g.AddLambdaNode(key, compose.InvokableLambda(func(ctx context.Context, run int) (int, error) {
			_, end := mutagent.Start(ctx, mutagent.KindTool, fmt.Sprint("tool of ", run, " ", key))
			defer end()
			return run, nil
		}), compose.WithNodeName(key), compose.WithOutputKey(key)))
		require.NoError(t, g.AddEdge(compose.START, key))
		require.NoError(t, g.AddEdge(key, compose.END))
	}
	app := must[compose.Runnable[int, map[string]any]](t)(g.Compile(t.Context()))
	var group sync.WaitGroup
	for run := range runs {
		group.Go(func() {
			_, err := app.Invoke(rec.Context(t.Context()), run, traced)
			assert.NoError(t, err)
		})
	}
	group.Wait()

	traces := rec.Traces()
	require.Len(t, traces, runs)
	for _, trace := range traces {
		require.Len(t, trace.Spans, 1+2*width)
		byID := map[string]mutest.Span{}
		for _, span := range trace.Spans {
			byID[span.SpanID] = span
		}
		root := trace.Spans[0]
		for _, span := range trace.Spans[1:] {
			parent := byID[span.ParentID]
			if span.Kind == mutagent.KindTool {
				assert.Equal(t, fmt.Sprint("tool of ", root.Input.Raw, " ", parent.Name), span.Name)
			} else {
				assert.Equal(t, root.SpanID, parent.SpanID)
				assert.Equal(t, root.Input.Raw, span.Output.Raw)
			}
		}
	}
}

// Eino converts a panic to an error, and calls back only for the graph.
func TestPanic(t *testing.T) {
	rec := mutest.New(t)
	g := compose.NewGraph[string, string]()
	require.NoError(t, g.AddLambdaNode("bad", compose.InvokableLambda(func(context.Context, string) (string, error) {
		panic("no such order")
	}), compose.WithNodeName("bad")))
	require.NoError(t, g.AddEdge(compose.START, "bad"))
	require.NoError(t, g.AddEdge("bad", compose.END))
	app := must[compose.Runnable[string, string]](t)(g.Compile(t.Context(), compose.WithGraphName("graph")))
	_, err := app.Invoke(rec.Context(t.Context()), "x", traced)
	require.ErrorContains(t, err, "no such order")
	for _, name := range []string{"graph", "bad"} {
		span := rec.Span(name)
		assert.Equal(t, mutagent.StatusError, span.Status)
		assert.Contains(t, span.StatusMessage, "no such order")
	}
}

// An interrupt is not an error.
func TestInterrupt(t *testing.T) {
	rec := mutest.New(t)
	g := compose.NewGraph[string, string]()
	require.NoError(t, g.AddLambdaNode("ask", compose.InvokableLambda(func(ctx context.Context, _ string) (string, error) {
		return "", compose.Interrupt(ctx, "refund 70 €?")
	}), compose.WithNodeName("ask")))
	require.NoError(t, g.AddEdge(compose.START, "ask"))
	require.NoError(t, g.AddEdge("ask", compose.END))
	app := must[compose.Runnable[string, string]](t)(g.Compile(t.Context(), compose.WithGraphName("refund")))
	_, err := app.Invoke(rec.Context(t.Context()), "order 7", traced)
	_, ok := compose.ExtractInterruptInfo(err)
	require.True(t, ok, err)
	rec.Golden("testdata/interrupt.tree")
}

// The handler may be registered twice.
func TestTwice(t *testing.T) {
	rec := mutest.New(t)
	chain := compose.NewChain[[]*schema.Message, *schema.Message]()
	chain.AppendChatModel(&fakeModel{pieces: []*schema.Message{text("a"), text("b")}}, compose.WithNodeName("toy"))
	app := must[compose.Runnable[[]*schema.Message, *schema.Message]](t)(chain.Compile(t.Context(), compose.WithGraphName("chain")))
	stream := must[*schema.StreamReader[*schema.Message]](t)(app.Stream(rec.Context(t.Context()), nil, traced, traced))
	items := must[[]*schema.Message](t)(all(stream))
	assert.Len(t, items, 2)
	wait(t)
	assert.Len(t, rec.Spans(), 2)
	assert.Empty(t, rec.Span("chain").ParentID)
	assert.Equal(t, rec.Span("chain").SpanID, rec.Span("toy").ParentID)
	assert.Equal(t, "ab", rec.Span("chain").Output.Messages[0].Content)
}
