package mutllm_test

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// A call of a known service is a span, even if nobody knows what it does; what was
// said stays out, since it may be a secret.
func TestOtherCall(t *testing.T) {
	rec := mutest.New(t)
	base := &canned{status: 201, contentType: "application/json", body: strings.NewReader(`{"id":"key_1","value":"hush","usage":{"input_tokens":7,"output_tokens":2}}`)}
	req := post(t, rec.Context(t.Context()), "https://api.openai.com/v1/organization/admin_keys/?x=hush", `{"model":"gpt-5","name":"hush"}`)
	resp, err := (&mutllm.Transport{Base: base}).RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, drain(resp))
	assert.Equal(t, `custom POST /v1/organization/admin_keys ok [gpt-5, 7→2 tokens]
  gen_ai.request.model=gpt-5 gen_ai.response.id=key_1 http.request.method=POST http.response.status_code=201 server.address=api.openai.com url.path=/v1/organization/admin_keys
`, rec.Tree())
}

// A body that is no JSON, or none, is no reason to leave the call out.
func TestOtherBody(t *testing.T) {
	for _, body := range []string{"", "not JSON", `[1]`, "\x00\xff"} {
		rec := mutest.New(t)
		base := &canned{status: 200, contentType: "application/octet-stream", body: strings.NewReader("x")}
		resp, err := (&mutllm.Transport{Base: base}).RoundTrip(post(t, rec.Context(t.Context()), "https://api.anthropic.com/v1/messages", body))
		require.NoError(t, err)
		require.NoError(t, drain(resp))
		assert.Equal(t, "POST /v1/messages", rec.Spans()[0].Name, "%q", body)
	}
}

// A host that nobody knows gets a span only for what is surely a call of a model.
func TestOtherHost(t *testing.T) {
	rec := mutest.New(t)
	base := &canned{status: 200, contentType: "application/json", body: strings.NewReader(`{}`)}
	resp, err := (&mutllm.Transport{Base: base}).RoundTrip(post(t, rec.Context(t.Context()), "https://shop.test/v1/messages", `{"text":"hi"}`))
	require.NoError(t, err)
	require.NoError(t, drain(resp))
	assert.Empty(t, rec.Spans())
}

// A stream that does not tell what it used says so.
func TestMissingUsage(t *testing.T) {
	for told, want := range map[string]any{streamed: nil, strings.Replace(streamed, `"usage"`, `"no"`, 1): "usage"} {
		rec := mutest.New(t)
		body := open(t, rec.Context(t.Context()), events(strings.NewReader(told)))
		require.NoError(t, body.Close())
		assert.NotContains(t, rec.Spans()[0].Attributes, "mutllm.missing", "nobody has read it")

		rec = mutest.New(t)
		body = open(t, rec.Context(t.Context()), events(strings.NewReader(told)))
		_, err := io.Copy(io.Discard, body)
		require.NoError(t, err)
		assert.Equal(t, want, rec.Spans()[0].Attributes["mutllm.missing"])
	}
}

// How a stream is made to tell is said once for each host, to the logger of the client
// that has the span.
func TestHowToAsk(t *testing.T) {
	said := make(lines, 10)
	srv := mutest.NewServer(t)
	client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: srv.URL, Logger: slog.New(slog.NewTextHandler(said, nil))})
	require.NoError(t, err)
	mute := strings.Replace(streamed, `"usage"`, `"no"`, 1)
	for _, host := range []string{"a.test", "b.test:8000", "a.test", "b.test:9000", "a.test", "last.test"} {
		req := post(t, client.Context(t.Context()), "http://"+host+"/v1/chat/completions", `{"stream":true,`+question[1:])
		resp, err := (&mutllm.Transport{Base: events(strings.NewReader(mute))}).RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, drain(resp))
	}
	for _, host := range []string{"a.test", "b.test", "last.test"} {
		line := <-said
		assert.Contains(t, line, "server.address="+host)
		assert.Contains(t, line, "mutllm.Options.IncludeUsage")
	}
	require.NoError(t, client.Shutdown(t.Context()))
	assert.Len(t, srv.Spans(), 6)
}

// lines are what a logger writes.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// What an answer quotes is content.
func TestCitationsAreContent(t *testing.T) {
	const cited = `{"id":"1","model":"sonar","citations":["https://ruby.test"],"choices":[{"message":{"content":"Yes."}}]}`
	for _, omit := range []bool{false, true} {
		rec := mutest.New(t)
		base := &canned{status: 200, contentType: "application/json", body: strings.NewReader(cited)}
		tr := &mutllm.Transport{Base: base, Options: mutllm.Options{OmitContent: omit}}
		resp, err := tr.RoundTrip(post(t, rec.Context(t.Context()), "https://api.perplexity.ai/chat/completions", question))
		require.NoError(t, err)
		require.NoError(t, drain(resp))
		assert.Equal(t, !omit, rec.Spans()[0].Attributes["mutllm.citations"] != nil)
	}
}

// A rerank is one, at Cohere's and at a server of one's own.
func TestRerank(t *testing.T) {
	for _, url := range []string{"https://api.cohere.com/v2/rerank", "http://tei:8080/rerank"} {
		rec := mutest.New(t)
		base := &canned{status: 200, contentType: "application/json", body: strings.NewReader(`{"results":[{"index":1,"relevance_score":0.9}]}`)}
		resp, err := (&mutllm.Transport{Base: base}).RoundTrip(post(t, rec.Context(t.Context()), url, `{"model":"m","query":"q","documents":["a","b"]}`))
		require.NoError(t, err)
		require.NoError(t, drain(resp))
		span := rec.Span("rerank m")
		assert.Equal(t, mutagent.Kind("rerank"), span.Kind)
		assert.NotNil(t, span.Input.Raw)
		assert.NotNil(t, span.Output.Raw)
	}
}

// Sound is not read, and its transcript is recorded all the same.
func TestSoundAsBody(t *testing.T) {
	rec := mutest.New(t)
	base := &canned{status: 200, contentType: "application/json", body: strings.NewReader(`{"results":{"channels":[{"alternatives":[{"transcript":"One small step."}]}]}}`)}
	req := post(t, rec.Context(t.Context()), "https://api.deepgram.com/v1/listen?model=nova-3", "RIFF\x00\xff")
	req.Header.Set("Content-Type", "audio/wav")
	req.GetBody = func() (io.ReadCloser, error) { t.Error("the body was read"); return nil, io.EOF }
	resp, err := (&mutllm.Transport{Base: base}).RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, drain(resp))
	assert.Equal(t, "One small step.", rec.Span("transcription nova-3").Output.Messages[0].Content)
}

// drain reads an answer to its end.
func drain(resp *http.Response) error {
	_, err := io.Copy(io.Discard, resp.Body)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
