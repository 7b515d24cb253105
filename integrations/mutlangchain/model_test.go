package mutlangchain_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"
	"github.com/tmc/langchaingo/schema"
	"github.com/tmc/langchaingo/tools"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlangchain"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func call(m llms.Model, ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	//lint:ignore SA1019 deprecated is not gone
	return m.Call(ctx, prompt, options...)
}

var question = []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "When?")}

func TestMessages(t *testing.T) {
	rec := mutest.New(t)
	model := mutlangchain.Model("toy-1", &fakeModel{choice: llms.ContentChoice{
		StopReason: "tool_calls", ReasoningContent: "They ask for order 7.",
		ToolCalls: []llms.ToolCall{{ID: "c2", FunctionCall: &llms.FunctionCall{Name: "orders", Arguments: `{"id":7}`}}},
		GenerationInfo: map[string]any{
			"PromptTokens": 100, "PromptCachedTokens": 80, "CompletionTokens": 20, "ReasoningTokens": 15, "TotalTokens": 120,
		},
	}})
	in := []llms.MessageContent{
		llms.TextParts(llms.ChatMessageTypeSystem, "Be short."),
		{Role: llms.ChatMessageTypeHuman, Parts: []llms.ContentPart{llms.TextPart("What is it?"), llms.ImageURLPart("https://example.com/a.png"), llms.BinaryPart("image/png", []byte("png"))}},
		{Role: llms.ChatMessageTypeAI, Parts: []llms.ContentPart{llms.ToolCall{ID: "c1", FunctionCall: &llms.FunctionCall{Name: "see", Arguments: `{"what":`}}, llms.ToolCall{ID: "c0"}}},
		{Role: llms.ChatMessageTypeTool, Parts: []llms.ContentPart{llms.ToolCallResponse{ToolCallID: "c1", Name: "see", Content: "a cat"}}},
		{Role: llms.ChatMessageTypeFunction, Parts: []llms.ContentPart{nil}},
	}
	_, err := model.GenerateContent(rec.Context(t.Context()), in, llms.WithModel("toy-2"), llms.WithMaxTokens(9), llms.WithTemperature(0.5),
		llms.WithTopP(0.25), llms.WithSeed(3), llms.WithTools([]llms.Tool{{Type: "function", Function: &llms.FunctionDefinition{Name: "orders"}}}))
	require.NoError(t, err)
	_, err = call(model, rec.Context(t.Context()), "When?")
	require.NoError(t, err)
	rec.Golden("testdata/messages.tree")
}

// Anthropic counts cached tokens separately.
func TestUsage(t *testing.T) {
	for name, test := range map[string]struct {
		info map[string]any
		want mutagent.Metrics
	}{
		"anthropic": {
			map[string]any{"InputTokens": 10, "OutputTokens": 5, "CacheCreationInputTokens": 20, "CacheReadInputTokens": 70},
			mutagent.Metrics{InputTokens: 100, OutputTokens: 5, CacheWriteTokens: 20, CachedInputTokens: 70},
		},
		"googleai": {
			map[string]any{"PromptTokens": int32(100), "CompletionTokens": int32(5), "TotalTokens": int32(105), "CachedTokens": int32(70), "CacheReadInputTokens": int32(70)},
			mutagent.Metrics{InputTokens: 100, OutputTokens: 5, TotalTokens: 105, CachedInputTokens: 70},
		},
		"none": {map[string]any{"PromptTokens": "many", "TotalTokens": nil}, mutagent.Metrics{}},
	} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			_, err := mutlangchain.Model("m", &fakeModel{choice: llms.ContentChoice{GenerationInfo: test.info}}).GenerateContent(rec.Context(t.Context()), question)
			require.NoError(t, err)
			test.want.Model, test.want.Provider = "m", "mutlangchain_test"
			assert.Equal(t, test.want, rec.Span("chat m").Metrics)
		})
	}
}

func TestProvider(t *testing.T) {
	rec := mutest.New(t)
	llm, err := openai.New(openai.WithToken("x"), openai.WithBaseURL("http://127.0.0.1:0"))
	require.NoError(t, err)
	_, err = mutlangchain.Model("gpt-4o", llm).GenerateContent(rec.Context(t.Context()), question)
	require.Error(t, err)
	span := rec.Span("chat gpt-4o")
	assert.Equal(t, "openai", span.Metrics.Provider)
	assert.Equal(t, mutagent.StatusError, span.Status, "of which openai tells no handler")
}

func TestReasoning(t *testing.T) {
	assert.True(t, llms.SupportsReasoningModel(mutlangchain.Model("m", new(reasoner))))
	_, ok := mutlangchain.Model("m", new(fakeModel)).(llms.ReasoningModel)
	assert.False(t, ok)
}

// The program's function gets each chunk, and its error stops the stream. The output
// before an error is kept.
func TestStream(t *testing.T) {
	rec := mutest.New(t)
	var pieces, reasons []string
	model := mutlangchain.Model("toy-1", &fakeModel{pieces: []string{"On ", "Wed"}, err: errDown})
	_, err := model.GenerateContent(rec.Context(t.Context()), question, llms.WithStreamingFunc(func(_ context.Context, piece []byte) error {
		pieces = append(pieces, string(piece))
		return nil
	}))
	require.ErrorIs(t, err, errDown)
	assert.Equal(t, []string{"On ", "Wed"}, pieces)
	span := rec.Span("chat toy-1")
	assert.Equal(t, "On Wed", span.Output.Text)
	assert.Equal(t, "down", span.StatusMessage)
	assert.Positive(t, span.Metrics.TimeToFirstToken)

	stop := errors.New("enough")
	_, err = model.GenerateContent(rec.Context(t.Context()), question, llms.WithStreamingFunc(func(context.Context, []byte) error { return stop }))
	require.ErrorIs(t, err, stop)
	_, err = call(model, rec.Context(t.Context()), "When?", llms.WithStreamingReasoningFunc(func(_ context.Context, reason, piece []byte) error {
		reasons = append(reasons, string(reason))
		return stop
	}))
	require.ErrorIs(t, err, stop)
	assert.Equal(t, []string{"hm"}, reasons)
	assert.Equal(t, "On ", rec.Span("completion toy-1").Output.Text)
}

// Chunks are bytes, which may split a character. The kept output is valid text, even if
// a stream ends inside a character or is longer than the limit.
func TestStreamCutsCharacters(t *testing.T) {
	const truck = "🚚"
	long := strings.Repeat("x", 1<<20-2)
	for name, test := range map[string]struct {
		pieces []string
		want   string
	}{
		"put together again": {[]string{"Sent ", truck[:1], truck[1:3], truck[3:], "."}, "Sent " + truck + "."},
		"broken off":         {[]string{"Sent ", truck[:3]}, "Sent "},
		"nothing whole":      {[]string{truck[:2]}, ""},
		"at the bound":       {[]string{long, truck, "é"}, long},
		"not UTF-8 at all":   {[]string{"a\x80\x80\x80\x80\x80"}, "a\ufffd\ufffd\ufffd\ufffd\ufffd"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			var heard []string
			_, err := mutlangchain.Model("toy-1", &fakeModel{pieces: test.pieces, err: errDown}).GenerateContent(rec.Context(t.Context()), question,
				llms.WithStreamingFunc(func(_ context.Context, piece []byte) error {
					heard = append(heard, string(piece))
					return nil
				}))
			require.ErrorIs(t, err, errDown)
			assert.Equal(t, test.pieces, heard, "the program gets what came")
			assert.Equal(t, test.want, rec.Span("chat toy-1").Output.Text)
		})
	}
}

// The caller's options are neither changed nor extended.
func TestOptionsUntouched(t *testing.T) {
	rec := mutest.New(t)
	options := make([]llms.CallOption, 1, 4)
	options[0] = llms.WithStreamingFunc(func(context.Context, []byte) error { return nil })
	_, err := mutlangchain.Model("m", new(fakeModel)).GenerateContent(rec.Context(t.Context()), question, options...)
	require.NoError(t, err)
	assert.Nil(t, options[:2][1])
}

// An outcome is everything that a caller sees of a call.
type outcome struct {
	out, panicked any
	text          string
	down          bool
}

func outcomeOf(f func() (any, error)) (o outcome) {
	defer func() { o.panicked = recover() }()
	out, err := f()
	return outcome{out: out, text: fmt.Sprint(err), down: errors.Is(err, errDown)}
}

// A decorated component behaves like the undecorated one, recorded or not.
func TestSameAsUntraced(t *testing.T) {
	ways := map[string]struct {
		model     fakeModel
		retriever fakeRetriever
		tool      fakeTool
	}{
		"ok":    {fakeModel{pieces: []string{"a", "b"}}, fakeRetriever{found: []schema.Document{{PageContent: "d"}}}, fakeTool{out: "x"}},
		"error": {fakeModel{err: errDown}, fakeRetriever{err: errDown}, fakeTool{err: errDown}},
		"panic": {fakeModel{panics: "no such order"}, fakeRetriever{}, fakeTool{panics: errDown}},
		"both":  {fakeModel{}, fakeRetriever{found: []schema.Document{{}}, err: errDown}, fakeTool{out: "part", err: errDown}},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			calls := func(ctx context.Context, m llms.Model, r schema.Retriever, tool tools.Tool, c chains.Chain) []outcome {
				return []outcome{
					outcomeOf(func() (any, error) { return m.GenerateContent(ctx, question) }),
					outcomeOf(func() (any, error) { return call(m, ctx, "?") }),
					outcomeOf(func() (any, error) { return r.GetRelevantDocuments(ctx, "?") }),
					outcomeOf(func() (any, error) { return tool.Call(ctx, "?") }),
					outcomeOf(func() (any, error) { return chains.Run(ctx, c, "?") }),
					outcomeOf(func() (any, error) { return chains.Call(ctx, c, map[string]any{"wrong": 1}) }),
				}
			}
			m := &way.model
			chain := chains.NewLLMChain(m, template("{{.q}}", "q"))
			want := calls(t.Context(), m, way.retriever, way.tool, chain)
			rec := mutest.New(t)
			for _, ctx := range []context.Context{rec.Context(t.Context()), t.Context(), mutagent.WithSuppressed(t.Context())} {
				assert.Equal(t, want, calls(ctx, mutlangchain.Model("m", m), mutlangchain.Retriever("r", way.retriever),
					mutlangchain.Tool(way.tool), mutlangchain.Chain("c", chain)))
			}
			assert.Len(t, rec.Spans(), 5, "what has no recorder is not recorded")
			for i, s := range rec.Spans()[:4] {
				failed := want[i].panicked != nil || want[i].down
				assert.Equal(t, failed, s.Status == mutagent.StatusError, s.Name)
			}
		})
	}
}
