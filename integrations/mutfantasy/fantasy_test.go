package mutfantasy_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"charm.land/fantasy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutfantasy"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// connect returns a model whose HTTP client also records calls.
func connect(t *testing.T, replies ...fakellm.Reply) fantasy.LanguageModel {
	t.Helper()
	server := fakellm.Serve(replies...)
	t.Cleanup(server.Close)
	return &scripted{url: server.URL, client: &http.Client{Transport: &mutllm.Transport{}}, replies: replies}
}

type query struct {
	ID int `json:"id"`
}

// orders is a tool that creates spans of its own.
func orders() fantasy.AgentTool {
	return fantasy.NewAgentTool("orders", "where an order is", func(ctx context.Context, in query, _ fantasy.ToolCall) (fantasy.ToolResponse, error) {
		_, end := mutagent.Start(ctx, mutagent.KindRetrieval, "database")
		defer end()
		if in.ID == 0 {
			return fantasy.NewTextErrorResponse("no such order"), nil
		}
		return fantasy.NewTextResponse(`{"state":"sent"}`), nil
	})
}

func conversation(id string) []fakellm.Reply {
	return []fakellm.Reply{
		{ToolCalls: []fakellm.ToolCall{{ID: "call_1", Name: "orders", Arguments: `{"id":` + id + `}`}}},
		{Text: "It is on its way. 🚚"},
	}
}

type run func(ctx context.Context, a fantasy.Agent) (*fantasy.AgentResult, error)

var runs = map[string]run{
	"generate": func(ctx context.Context, a fantasy.Agent) (*fantasy.AgentResult, error) {
		return a.Generate(ctx, fantasy.AgentCall{Prompt: "Where is my order?"})
	},
	"stream": func(ctx context.Context, a fantasy.Agent) (*fantasy.AgentResult, error) {
		return a.Stream(ctx, fantasy.AgentStreamCall{Prompt: "Where is my order?"})
	},
}

// An agent, its tools and each call of its model are a span each, although the HTTP
// client below and a second decorator see the same calls. The program gets the same
// results as without tracing.
func TestAgent(t *testing.T) {
	for name, run := range runs {
		t.Run(name, func(t *testing.T) {
			off := mutagent.WithSuppressed(t.Context())
			want, err := run(off, fantasy.NewAgent(connect(t, conversation("7")...), fantasy.WithTools(orders())))
			require.NoError(t, err)

			rec := mutest.New(t)
			model := mutfantasy.Model(mutfantasy.Model(connect(t, conversation("7")...)))
			agent := mutfantasy.Agent("support", fantasy.NewAgent(model,
				fantasy.WithSystemPrompt("Be short."), fantasy.WithTemperature(0.5), fantasy.WithTools(mutfantasy.Tools(orders())...)))
			got, err := run(rec.Context(t.Context()), agent)
			require.NoError(t, err)
			assert.Equal(t, want.Response.Content, got.Response.Content)
			rec.Golden("testdata/" + name + ".tree")
		})
	}
}

// While tracing is off, the decorators have no visible effect.
func TestOff(t *testing.T) {
	for name, run := range runs {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			off := mutagent.WithSuppressed(rec.Context(t.Context()))
			agent := mutfantasy.Agent("support", fantasy.NewAgent(mutfantasy.Model(connect(t, conversation("7")...)),
				fantasy.WithTools(mutfantasy.Tools(orders())...)))
			got, err := run(off, agent)
			require.NoError(t, err)
			assert.Equal(t, "It is on its way. 🚚", got.Response.Content.Text())
			assert.Empty(t, rec.Spans())
		})
	}
}

// The model reads the failure of a tool; its span records it as an error.
func TestToolFails(t *testing.T) {
	rec := mutest.New(t)
	agent := fantasy.NewAgent(mutfantasy.Model(connect(t, conversation("0")...)), fantasy.WithTools(mutfantasy.Tools(orders())...))
	_, err := agent.Generate(rec.Context(t.Context()), fantasy.AgentCall{Prompt: "Where?"})
	require.NoError(t, err)
	assert.Equal(t, mutagent.StatusError, rec.Span("orders").Status)
	assert.Equal(t, "no such order", rec.Span("orders").StatusMessage)
}

func TestModelFails(t *testing.T) {
	rec := mutest.New(t)
	_, err := mutfantasy.Model(connect(t, fakellm.Reply{Status: http.StatusBadRequest})).Generate(rec.Context(t.Context()), asked)
	require.Error(t, err)
	require.Len(t, rec.Spans(), 1)
	assert.Equal(t, mutagent.StatusError, rec.Span("chat gpt-4o").Status)
}

var (
	asked   = fantasy.Call{Prompt: fantasy.Prompt{fantasy.NewUserMessage("When?", fantasy.FilePart{Filename: "a.png", Data: []byte("12345"), MediaType: "image/png"})}}
	errDown = errors.New("down")
)

// A fakeModel returns its configured answer.
type fakeModel struct {
	fantasy.LanguageModel
	parts []fantasy.StreamPart
}

func (fakeModel) Model() string    { return "toy-1" }
func (fakeModel) Provider() string { return "anthropic" }
func (m fakeModel) Stream(context.Context, fantasy.Call) (fantasy.StreamResponse, error) {
	return slices.Values(m.parts), nil
}

func (fakeModel) GenerateObject(context.Context, fantasy.ObjectCall) (*fantasy.ObjectResponse, error) {
	return &fantasy.ObjectResponse{Object: map[string]any{"day": "Monday"}, Usage: usage}, nil
}

func (fakeModel) StreamObject(context.Context, fantasy.ObjectCall) (fantasy.ObjectStreamResponse, error) {
	return slices.Values([]fantasy.ObjectStreamPart{
		{Type: fantasy.ObjectStreamPartTypeObject, Object: map[string]any{}},
		{Type: fantasy.ObjectStreamPartTypeObject, Object: map[string]any{"day": "Monday"}},
		{Type: fantasy.ObjectStreamPartTypeFinish, Usage: usage},
	}), nil
}

var usage = fantasy.Usage{InputTokens: 10, CacheReadTokens: 80, CacheCreationTokens: 5, OutputTokens: 7, TotalTokens: 17}

var pieces = []fantasy.StreamPart{
	{Type: fantasy.StreamPartTypeReasoningDelta, ID: "0", Delta: "Let me "},
	{Type: fantasy.StreamPartTypeTextDelta, ID: "1", Delta: "On "},
	{Type: fantasy.StreamPartTypeReasoningDelta, ID: "0", Delta: "see."},
	{Type: fantasy.StreamPartTypeTextDelta, ID: "1", Delta: "Monday."},
	{Type: fantasy.StreamPartTypeToolCall, ID: "c1", ToolCallName: "orders", ToolCallInput: `{"id":7}`},
	{Type: fantasy.StreamPartTypeFinish, FinishReason: fantasy.FinishReasonToolCalls, Usage: usage},
}

// However a stream ends, its span has the output so far.
func TestStream(t *testing.T) {
	failed := append(slices.Clone(pieces[:2]), fantasy.StreamPart{Type: fantasy.StreamPartTypeError, Error: errDown})
	for name, test := range map[string]struct {
		parts []fantasy.StreamPart
		read  int
	}{"parts": {pieces, len(pieces)}, "broken_off": {pieces, 2}, "fails": {failed, len(failed)}} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			parts, err := mutfantasy.Model(fakeModel{parts: test.parts}).Stream(rec.Context(t.Context()), asked)
			require.NoError(t, err)
			assert.Equal(t, test.parts[:test.read], take(parts, test.read))
			assert.EqualValues(t, 5, rec.Span("chat toy-1").Input.Messages[0].Parts[0].Size)
			rec.Golden("testdata/stream_" + name + ".tree")
		})
	}
}

func take[T any](all iter.Seq[T], n int) (some []T) {
	for v := range all {
		if some = append(some, v); len(some) == n {
			return some
		}
	}
	return some
}

// Cached tokens are part of the input.
func TestObject(t *testing.T) {
	for name, call := range map[string]func(context.Context, fantasy.LanguageModel) error{
		"generate": func(ctx context.Context, m fantasy.LanguageModel) error {
			_, err := m.GenerateObject(ctx, fantasy.ObjectCall{Prompt: asked.Prompt})
			return err
		},
		"stream": func(ctx context.Context, m fantasy.LanguageModel) error {
			parts, err := m.StreamObject(ctx, fantasy.ObjectCall{Prompt: asked.Prompt})
			require.Len(t, take(parts, 9), 3)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			require.NoError(t, call(rec.Context(t.Context()), mutfantasy.Model(fakeModel{})))
			span := rec.Spans()[0]
			assert.Equal(t, map[string]any{"day": "Monday"}, span.Output.Raw)
			assert.EqualValues(t, 95, span.Metrics.InputTokens)
			assert.EqualValues(t, 80, span.Metrics.CachedInputTokens)
			assert.EqualValues(t, 102, span.Metrics.TotalTokens)
		})
	}
}

// The span of an unread stream ends with its context.
func TestUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		ctx, cancel := context.WithCancel(rec.Context(t.Context()))
		_, err := mutfantasy.Model(fakeModel{parts: pieces}).Stream(ctx, asked)
		require.NoError(t, err)
		cancel()
		synctest.Wait()
		assert.Equal(t, "context canceled", rec.Span("chat toy-1").StatusMessage)
	})
}

// A program that panics while reading a stream still panics with tracing.
func TestPanic(t *testing.T) {
	rec := mutest.New(t)
	parts, err := mutfantasy.Model(fakeModel{parts: pieces}).Stream(rec.Context(t.Context()), asked)
	require.NoError(t, err)
	assert.PanicsWithValue(t, "no sky", func() {
		for range parts {
			panic("no sky")
		}
	})
	assert.Equal(t, "panic: no sky", rec.Span("chat toy-1").StatusMessage)
}
