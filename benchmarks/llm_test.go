package benchmarks

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

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

// BenchmarkStream reads streams with OpenAI's client, as it is and traced, in
// turns, because the difference is small beside both: one operation is a hundred
// streams. What is reported per chunk is the median of all.
func BenchmarkStream(b *testing.B) {
	ctx := newClient(b, "").Context(context.Background())
	untraced, traced := reader(ctx), reader(ctx, option.WithMiddleware(mutllm.Middleware))
	var plain, added []time.Duration
	for b.Loop() {
		for range 25 { // whoever is second collects the other's garbage
			p, t := untraced(b), traced(b)
			t2, p2 := traced(b), untraced(b)
			plain, added = append(plain, p, p2), append(added, t-p, t2-p2)
		}
	}
	slices.Sort(plain)
	slices.Sort(added)
	p, a := float64(plain[len(plain)/2]), float64(added[len(added)/2])
	b.ReportMetric(p/chunks, "untraced-ns/chunk")
	b.ReportMetric(a/chunks, "added-ns/chunk")
	b.ReportMetric(100*a/p, "added-%")
}

// reader returns what reads a stream to its end and says how long that took.
func reader(ctx context.Context, opts ...option.RequestOption) func(*testing.B) time.Duration {
	client := openai.NewClient(append(opts, option.WithAPIKey("k"), option.WithBaseURL("http://model.test/v1"),
		option.WithHTTPClient(&http.Client{Transport: canned{}}))...)
	return func(b *testing.B) time.Duration {
		began, n := time.Now(), 0
		s := client.Chat.Completions.NewStreaming(ctx, openai.ChatCompletionNewParams{
			Model:    "gpt-4o",
			Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Count to a thousand.")},
		})
		for s.Next() {
			n += len(s.Current().Choices)
		}
		if s.Err() != nil || n != chunks {
			b.Fatal(n, s.Err())
		}
		return time.Since(began)
	}
}
