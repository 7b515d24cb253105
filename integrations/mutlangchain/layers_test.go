package mutlangchain_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlangchain"
	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

func connect(t *testing.T, server *llmtest.Server, h *http.Client) llms.Model {
	t.Helper()
	m, err := openai.New(openai.WithToken("sk-test"), openai.WithModel("gpt-4o"), openai.WithBaseURL(server.URL+"/v1"), openai.WithHTTPClient(h))
	require.NoError(t, err)
	return m
}

// Two decorators and the HTTP client below them see the same call. It is one span, and
// the server gets the same request as without tracing.
func TestLayers(t *testing.T) {
	for name, c := range map[string]struct {
		recording, span string
		call            func(context.Context, llms.Model) (any, error)
	}{
		"GenerateContent": {"openai/chat", "chat gpt-4o", func(ctx context.Context, m llms.Model) (any, error) {
			return m.GenerateContent(ctx, question)
		}},
		"stream": {"openai/chat-stream", "chat gpt-4o", func(ctx context.Context, m llms.Model) (any, error) {
			return m.GenerateContent(ctx, question, llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
		}},
		"Call": {"openai/chat", "completion gpt-4o", func(ctx context.Context, m llms.Model) (any, error) {
			return call(m, ctx, "When?")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			plain := llmtest.Serve(llmtest.Play(c.recording))
			defer plain.Close()
			want, err := c.call(t.Context(), connect(t, plain, &http.Client{}))
			require.NoError(t, err)

			rec := mutest.New(t)
			traced := llmtest.Serve(llmtest.Play(c.recording))
			defer traced.Close()
			m := connect(t, traced, &http.Client{Transport: &mutllm.Transport{}})
			got, err := c.call(rec.Context(t.Context()), mutlangchain.Model("gpt-4o", mutlangchain.Model("gpt-4o", m)))
			require.NoError(t, err)

			assert.Equal(t, want, got)
			assert.Equal(t, plain.Requests(), traced.Requests())
			require.Len(t, rec.Spans(), 1)
			assert.Equal(t, c.span, rec.Spans()[0].Name)
		})
	}
}

// A streaming function that checks the chunks with a model makes calls of its own.
func TestCallFromStream(t *testing.T) {
	rec := mutest.New(t)
	server := llmtest.Serve(llmtest.Play("openai/chat-stream").HoldAfter(4, t.Context().Done()), llmtest.Play("openai/chat"), llmtest.Play("openai/chat"))
	defer server.Close()
	bare := connect(t, server, &http.Client{Transport: &mutllm.Transport{}})
	guard := mutlangchain.Model("guard-1", bare)

	_, err := mutlangchain.Model("gpt-4o", bare).GenerateContent(rec.Context(t.Context()), question, llms.WithStreamingFunc(func(ctx context.Context, _ []byte) error {
		if _, err := guard.GenerateContent(ctx, question); err != nil {
			return err
		}
		if _, err := bare.GenerateContent(ctx, question, llms.WithModel("bare-1")); err != nil {
			return err
		}
		return errDown
	}))
	require.ErrorIs(t, err, errDown)
	spans := rec.Spans()
	require.Len(t, spans, 3)
	for i, name := range []string{"chat gpt-4o", "chat guard-1", "chat bare-1"} {
		assert.Equal(t, name, spans[i].Name)
		assert.Equal(t, mutagent.KindLLMChat, spans[i].Kind)
	}
	assert.Equal(t, spans[0].SpanID, spans[2].ParentID)
}
