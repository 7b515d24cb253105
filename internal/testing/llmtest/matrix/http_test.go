package matrix_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest"
	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest/matrix"
)

// A protocol is an API without a library: the bytes that a caller would send.
type protocol struct {
	api    matrix.API
	ask    string // begins every body; a suffix for a tool, a stream or neither follows
	tools  string
	stream string
	whole  string
}

var protocols = []protocol{
	{
		matrix.OpenAIChat,
		`{"model":"gpt-4o","messages":[{"role":"user","content":"Where is my order 1042?"}]`,
		`,"tools":[{"type":"function","function":{"name":"get_order","parameters":{"type":"object"}}}]`,
		`,"stream":true,"stream_options":{"include_usage":true}`,
		``,
	},
	{
		matrix.OpenAIResponses,
		`{"model":"gpt-5","input":"Where is my order 1042?"`,
		`,"tools":[{"type":"function","name":"get_order","parameters":{"type":"object"}}]`,
		`,"stream":true`,
		``,
	},
	{
		matrix.Anthropic,
		`{"model":"claude-sonnet-4-5","max_tokens":1024,"messages":[{"role":"user","content":"Where is my order 1042?"}]`,
		`,"tools":[{"name":"get_order","input_schema":{"type":"object"}}]`,
		`,"stream":true`,
		``,
	},
	{
		matrix.Gemini,
		`{"contents":[{"role":"user","parts":[{"text":"Where is my order 1042?"}]}]`,
		`,"tools":[{"functionDeclarations":[{"name":"get_order"}]}]`,
		``, ``, // the path decides
	},
	{
		matrix.Ollama,
		`{"model":"llama3.2","messages":[{"role":"user","content":"Where is my order 1042?"}]`,
		`,"tools":[{"type":"function","function":{"name":"get_order","parameters":{"type":"object"}}}]`,
		``, `,"stream":false`,
	},
}

// TestHTTP checks that a caller of net/http sees the same bytes.
func TestHTTP(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.api.Name, func(t *testing.T) {
			matrix.Run(t, p.api, p.connect, matrix.Tapped(p.connect))
			matrix.RunForgotten(t, p.api, p.connect, matrix.Tapped(p.connect))
		})
	}
}

func (p protocol) connect(_ *testing.T, server string, h *http.Client) matrix.Client {
	post := func(leave func(*http.Response) error, recording string, body ...string) matrix.Call {
		path := strings.Replace(llmtest.Load(recording).Path, "*", "gemini-2.5-flash", 1)
		return func(ctx context.Context, each func(any) bool) error {
			return exchange(ctx, h, server+path, strings.Join(body, "")+"}", each, leave)
		}
	}
	return matrix.Client{
		Plain:       post(closeBody, p.api.Plain, p.ask, p.whole),
		Tools:       post(closeBody, p.api.Tools, p.ask, p.whole, p.tools),
		Stream:      post(closeBody, p.api.Stream, p.ask, p.stream),
		ToolsStream: post(closeBody, p.api.ToolsStream, p.ask, p.stream, p.tools),
		Forgotten:   post(forget, p.api.Stream, p.ask, p.stream),
	}
}

// closeBody and forget are ways to leave a stream.
func closeBody(r *http.Response) error { return r.Body.Close() }
func forget(*http.Response) error      { return nil }

// exchange passes the lines of the body to each, and then the rest of the response.
func exchange(ctx context.Context, h *http.Client, url, body string, each func(any) bool, leave func(*http.Response) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := h.Do(req)
	if err != nil {
		return err
	}
	lines := bufio.NewReader(resp.Body)
	for {
		line, err := lines.ReadString('\n')
		if line != "" && !each(line) {
			return leave(resp)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(err, resp.Body.Close())
		}
	}
	each(fmt.Sprint(resp.Proto, resp.Status, resp.Header, resp.ContentLength, resp.TransferEncoding, resp.Uncompressed, resp.Trailer, resp.Request == req))
	return resp.Body.Close()
}
