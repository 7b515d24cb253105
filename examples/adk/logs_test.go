package main

import (
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/log/global"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"google.golang.org/genai"

	"github.com/mutagent-io/mutagent-go/integrations/mutotel"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
)

// ADK reads the variable once.
func TestMain(m *testing.M) {
	os.Setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
	os.Exit(m.Run())
}

// TestLogs: without mutllm in the model's client, the messages are those that ADK logs.
func TestLogs(t *testing.T) {
	rec := mutest.New(t)
	model := fakellm.Serve(
		fakellm.Reply{ToolCalls: []fakellm.ToolCall{{Name: "get_order", Arguments: `{"id":1042}`}}},
		fakellm.Reply{Text: "It left on Monday."},
	)
	defer model.Close()
	otel.SetTracerProvider(mutotel.NewTracerProvider(rec.Client()))
	global.SetLoggerProvider(sdklog.NewLoggerProvider(sdklog.WithProcessor(mutotel.NewLogProcessor(rec.Client()))))

	ctx := rec.Context(t.Context())
	support, err := newAgent(ctx, &genai.ClientConfig{APIKey: "local", Backend: genai.BackendGeminiAPI, HTTPOptions: genai.HTTPOptions{BaseURL: model.URL}})
	require.NoError(t, err)
	require.NoError(t, answer(ctx, io.Discard, support, "Where is my order 1042?"))

	var calls []mutest.Span
	for _, s := range rec.Spans() {
		assert.Empty(t, s.Events, s.Name)
		if s.Metrics.Model != "" {
			calls = append(calls, s)
		}
	}
	require.Len(t, calls, 2)
	first, last := calls[0], calls[1]
	require.Len(t, first.Input.Messages, 2)
	assert.Equal(t, "system", first.Input.Messages[0].Role)
	assert.Contains(t, first.Input.Messages[0].Content, "Answer in one sentence.")
	assert.Equal(t, "Where is my order 1042?", first.Input.Messages[1].Content)
	assert.Equal(t, "get_order", first.Output.Messages[0].Parts[0].Name)
	assert.Len(t, last.Input.Messages, 4)
	assert.Equal(t, "It left on Monday.", last.Output.Messages[0].Content)
}
