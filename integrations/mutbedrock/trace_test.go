package mutbedrock_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

const claude = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"

// A program uses a client and notes what it sees.
type program func(ctx context.Context, client *bedrockruntime.Client, seen *notes)

func converse(in *bedrockruntime.ConverseInput) program {
	return func(ctx context.Context, client *bedrockruntime.Client, seen *notes) {
		out, err := client.Converse(ctx, in)
		if err != nil {
			seen.add(err)
			return
		}
		seen.add(out.Output)
		seen.add(out.Usage)
	}
}

// converseStream reads all events. After limit events it calls then.
func converseStream(in *bedrockruntime.ConverseStreamInput, limit int, then func(*bedrockruntime.ConverseStreamEventStream)) program {
	return func(ctx context.Context, client *bedrockruntime.Client, seen *notes) {
		out, err := client.ConverseStream(ctx, in)
		if err != nil {
			seen.add(err)
			return
		}
		n := 0
		for e := range out.GetStream().Events() {
			seen.add(e)
			if n++; n == limit {
				then(out.GetStream())
			}
		}
		if err := out.GetStream().Err(); err != nil {
			seen.add(err)
		}
		if err := out.GetStream().Close(); err != nil {
			seen.add(err)
		}
	}
}

func invoke(model, body string) program {
	return func(ctx context.Context, client *bedrockruntime.Client, seen *notes) {
		out, err := client.InvokeModel(ctx, &bedrockruntime.InvokeModelInput{ModelId: &model, Body: []byte(body)})
		if err != nil {
			seen.add(err)
			return
		}
		seen.add(string(out.Body))
	}
}

func invokeStream(ctx context.Context, client *bedrockruntime.Client, seen *notes) {
	out, err := client.InvokeModelWithResponseStream(ctx, &bedrockruntime.InvokeModelWithResponseStreamInput{
		ModelId: aws.String(claude), Body: []byte(`{"messages":[],"max_tokens":9}`),
	})
	if err != nil {
		seen.add(err)
		return
	}
	for e := range out.GetStream().Events() {
		seen.add(string(e.(*types.ResponseStreamMemberChunk).Value.Bytes))
	}
	seen.add(out.GetStream().Err())
	seen.add(out.GetStream().Close())
}

func user(blocks ...types.ContentBlock) types.Message {
	return types.Message{Role: types.ConversationRoleUser, Content: blocks}
}

func said(text string) types.ContentBlock { return &types.ContentBlockMemberText{Value: text} }

// question returns a request that uses all fields.
func question() *bedrockruntime.ConverseInput {
	return &bedrockruntime.ConverseInput{
		ModelId: aws.String(claude),
		System: []types.SystemContentBlock{
			&types.SystemContentBlockMemberText{Value: "Be brief."},
			&types.SystemContentBlockMemberCachePoint{Value: types.CachePointBlock{Type: types.CachePointTypeDefault}},
		},
		Messages: []types.Message{
			user(said("Where is my order?"), &types.ContentBlockMemberImage{Value: types.ImageBlock{
				Format: types.ImageFormatPng, Source: &types.ImageSourceMemberBytes{Value: []byte("not really")},
			}}),
			{Role: types.ConversationRoleAssistant, Content: []types.ContentBlock{
				&types.ContentBlockMemberToolUse{Value: types.ToolUseBlock{
					ToolUseId: aws.String("tooluse_1"), Name: aws.String("orders"),
					Input: document.NewLazyDocument(map[string]any{"id": 1042}),
				}},
			}},
			user(&types.ContentBlockMemberToolResult{Value: types.ToolResultBlock{
				ToolUseId: aws.String("tooluse_1"), Content: []types.ToolResultContentBlock{
					&types.ToolResultContentBlockMemberJson{Value: document.NewLazyDocument(map[string]any{"state": "sent"})},
				},
			}}),
		},
		InferenceConfig: &types.InferenceConfiguration{
			MaxTokens: aws.Int32(300), Temperature: aws.Float32(0.2), TopP: aws.Float32(0.9), StopSequences: []string{"END"},
		},
		ToolConfig: &types.ToolConfiguration{Tools: []types.Tool{&types.ToolMemberToolSpec{Value: types.ToolSpecification{
			Name: aws.String("orders"), Description: aws.String("where an order is"),
			InputSchema: &types.ToolInputSchemaMemberJson{Value: document.NewLazyDocument(map[string]any{"type": "object"})},
		}}}},
	}
}

func short() *bedrockruntime.ConverseInput {
	return &bedrockruntime.ConverseInput{ModelId: aws.String(claude), Messages: []types.Message{user(said("Hello"))}}
}

func shortStream() *bedrockruntime.ConverseStreamInput {
	return &bedrockruntime.ConverseStreamInput{ModelId: aws.String(claude), Messages: []types.Message{user(said("Hello"))}}
}

const (
	hello = `{"metrics":{"latencyMs":812},"output":{"message":{"role":"assistant","content":[{"text":"Hello to you"}]}},
		"stopReason":"end_turn","usage":{"inputTokens":8,"outputTokens":4,"totalTokens":12}}`
	toolUse = `{"output":{"message":{"role":"assistant","content":[
		{"reasoningContent":{"reasoningText":{"text":"An order has a number.","signature":"c2ln"}}},
		{"text":"I look it up."},
		{"toolUse":{"toolUseId":"tooluse_2","name":"orders","input":{"id":1042,"full":true}}}]}},
		"stopReason":"tool_use","usage":{"inputTokens":20,"outputTokens":31,"totalTokens":1571,
		"cacheReadInputTokens":1500,"cacheWriteInputTokens":20}}`
)

var (
	start    = event("messageStart", `{"role":"assistant","p":"abc"}`)
	delta1   = event("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"Hel"},"p":"abcd"}`)
	delta2   = event("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"lo ☀"}}`)
	stop     = event("contentBlockStop", `{"contentBlockIndex":0}`)
	endTurn  = event("messageStop", `{"stopReason":"end_turn"}`)
	metadata = event("metadata", `{"metrics":{"latencyMs":640},"usage":{"inputTokens":8,"outputTokens":4,"totalTokens":12}}`)
)

var cases = []struct {
	name    string
	answers []http.HandlerFunc
	program program
}{
	{"plain", []http.HandlerFunc{say(200, hello)}, converse(short())},
	{"tools", []http.HandlerFunc{say(200, toolUse)}, converse(question())},
	{"invalid", []http.HandlerFunc{refuse(400, "ValidationException", "The model is not there.")}, converse(short())},
	{"not sent", []http.HandlerFunc{say(200, hello)}, converse(&bedrockruntime.ConverseInput{})},
	{"not valid", []http.HandlerFunc{say(200, hello)}, converse(&bedrockruntime.ConverseInput{
		Messages: []types.Message{user((*types.ContentBlockMemberText)(nil))}, // which the SDK rejects before it looks at this
	})},
	{"throttled once", []http.HandlerFunc{refuse(429, "ThrottlingException", "Too many requests."), say(200, hello)}, converse(short())},
	{"unavailable", []http.HandlerFunc{refuse(503, "ServiceUnavailableException", "Try later.")}, converse(short())},
	{"broken answer", []http.HandlerFunc{say(200, `{"output":`)}, converse(short())},
	{"stream", []http.HandlerFunc{stream(start, delta1, delta2, stop, endTurn, metadata)}, converseStream(shortStream(), 0, nil)},
	{"stream with tools", []http.HandlerFunc{stream(start,
		event("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"An order "}}}`),
		event("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"has a number."}}}`),
		event("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"c2ln"}}}`), stop,
		event("contentBlockStart", `{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"tooluse_1","name":"orders"}}}`),
		event("contentBlockDelta", `{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"id\":"}}}`),
		event("contentBlockStart", `{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"tooluse_2","name":"clock"}}}`),
		event("contentBlockDelta", `{"contentBlockIndex":1,"delta":{"toolUse":{"input":" 1042}"}}}`),
		event("messageStop", `{"stopReason":"tool_use"}`),
		event("metadata", `{"metrics":{"latencyMs":640},"usage":{"inputTokens":20,"outputTokens":31,"totalTokens":1571,"cacheReadInputTokens":1500,"cacheWriteInputTokens":20}}`),
	)}, converseStream(shortStream(), 0, nil)},
	{"stream refused", []http.HandlerFunc{refuse(400, "ValidationException", "The model is not there.")}, converseStream(shortStream(), 0, nil)},
	{"stream throttled once", []http.HandlerFunc{
		refuse(429, "ThrottlingException", "Too many requests."),
		stream(start, delta1, stop, endTurn, metadata),
	}, converseStream(shortStream(), 0, nil)},
	{"stream throttled midway", []http.HandlerFunc{
		stream(start, delta1, exception("throttlingException", `{"message":"Too many tokens."}`)),
	}, converseStream(shortStream(), 0, nil)},
	{"stream with an error", []http.HandlerFunc{
		stream(start, delta1, send(":message-type", "error", ":error-code", "InternalFailure", ":error-message", "It broke.", "")),
	}, converseStream(shortStream(), 0, nil)},
	{"stream broken off", []http.HandlerFunc{stream(start, delta1, abort)}, converseStream(shortStream(), 0, nil)},
	{"stream without an end", []http.HandlerFunc{stream(start, delta1, delta2)}, converseStream(shortStream(), 0, nil)},
	{"stream of nonsense", []http.HandlerFunc{stream(start, delta1, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strings.Repeat("nonsense", 10)))
	})}, converseStream(shortStream(), 0, nil)},
	{"stream cut short", []http.HandlerFunc{stream(start, delta1, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(encode(":message-type", "event", "{}")[:20])
	})}, converseStream(shortStream(), 0, nil)},
	{"closed early", []http.HandlerFunc{stream(start, delta1, hold)},
		converseStream(shortStream(), 2, func(s *bedrockruntime.ConverseStreamEventStream) { _ = s.Close() })},
	{"invoke", []http.HandlerFunc{say(200, `{"type":"message","content":[{"type":"text","text":"Hi"}]}`,
		"X-Amzn-Bedrock-Input-Token-Count", "9", "X-Amzn-Bedrock-Output-Token-Count", "3")},
		invoke(claude, `{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[]}`)},
	{"invoke binary", []http.HandlerFunc{say(200, "\x89PNG")}, invoke("stability.image", "not JSON")},
	{"embeddings", []http.HandlerFunc{say(200, `{"embedding":[0.1,0.2]}`, "X-Amzn-Bedrock-Input-Token-Count", "5")},
		invoke("amazon.titan-embed-text-v2:0", `{"inputText":"an order"}`)},
}

// A traced program sees the same results as the untraced one, sends the same requests,
// and records a trace.
func TestTrace(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			run := func(ctx context.Context, traced bool) (notes, []string) {
				var seen notes
				b := newBedrock(t, c.answers...)
				c.program(ctx, b.client(traced), &seen)
				for i := range seen {
					seen[i] = strings.ReplaceAll(seen[i], b.URL, "URL")
				}
				return seen, b.requests
			}
			plain, plainRequests := run(t.Context(), false)
			rec := mutest.New(t)
			ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "agent")
			traced, tracedRequests := run(ctx, true)
			end()

			assert.Equal(t, plain, traced)
			assert.Equal(t, plainRequests, tracedRequests)
			rec.Golden("testdata/" + strings.ReplaceAll(c.name, " ", "-") + ".tree")
		})
	}
}

func TestInvokeStream(t *testing.T) {
	answer := stream(
		chunk(t, `{"type":"message_start","message":{"usage":{"input_tokens":9,"output_tokens":1}}}`),
		chunk(t, `{"type":"content_block_delta","delta":{"type":"text_delta","text":"Hi"}}`),
		chunk(t, `{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":3,"invocationLatency":640,"firstByteLatency":211,"cacheReadInputTokenCount":100,"cacheWriteInputTokenCount":0}}`),
	)
	var plain, traced notes
	invokeStream(t.Context(), newBedrock(t, answer).client(false), &plain)
	rec := mutest.New(t)
	invokeStream(rec.Context(t.Context()), newBedrock(t, answer).client(true), &traced)
	assert.Equal(t, plain, traced)
	rec.Golden("testdata/invoke-stream.tree")
	assert.EqualValues(t, 100, rec.Spans()[0].Metrics.CachedInputTokens)
}

// A body that is not JSON is recorded by its size, which is not content.
func TestBinary(t *testing.T) {
	rec := mutest.New(t)
	b := newBedrock(t, say(200, "\x89PNG"))
	invoke("stability.image", "not JSON")(rec.Context(t.Context()), b.client(true), new(notes))
	span := rec.Spans()[0]
	assert.Equal(t, []mutagent.Message{{Role: "user", Parts: []mutagent.Part{{Type: "blob", Size: 8}}}}, span.Input.Messages)
	assert.Empty(t, span.Output)
}
