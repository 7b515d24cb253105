package benchmarks

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/mutagent-io/mutagent-go/mutllm"
)

// chunks is how many a stream has.
const chunks = 1000

// stream is the body of a chat completion of a thousand chunks.
var stream = func() []byte {
	var b bytes.Buffer
	for i := range chunks {
		fmt.Fprintf(&b, `data: {"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk","created":1741569952,`+
			`"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_44709d6fcb",`+
			`"choices":[{"index":0,"delta":{"content":" word%d"},"logprobs":null,"finish_reason":null}],"usage":null}`+"\n\n", i)
	}
	b.WriteString("data: [DONE]\n\n")
	return b.Bytes()
}()

// A canned server answers with the stream, from memory.
type canned struct{}

func (canned) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"text/event-stream"}},
		Body:       io.NopCloser(bytes.NewReader(stream)),
		Request:    req,
	}, nil
}

// BenchmarkStream reads a stream with OpenAI's client, as it is and traced.
func BenchmarkStream(b *testing.B) {
	b.Run("impl=untraced", func(b *testing.B) { readStreams(b, context.Background()) })
	b.Run("impl=mutagent", func(b *testing.B) {
		client := newMutagent(b)
		readStreams(b, client.Context(context.Background()), option.WithMiddleware(mutllm.Middleware))
	})
}

func readStreams(b *testing.B, ctx context.Context, opts ...option.RequestOption) {
	client := openai.NewClient(append(opts, option.WithAPIKey("k"), option.WithBaseURL("http://model.test/v1"),
		option.WithHTTPClient(&http.Client{Transport: canned{}}))...)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		s := client.Chat.Completions.NewStreaming(ctx, openai.ChatCompletionNewParams{
			Model:    openai.ChatModelGPT4o,
			Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Count to a thousand.")},
		})
		for s.Next() {
			n += len(s.Current().Choices)
		}
		if s.Err() != nil || n != chunks {
			b.Fatal(n, s.Err())
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/chunks, "ns/chunk")
}
