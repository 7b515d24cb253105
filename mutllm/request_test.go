package mutllm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/muthttp"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// echo answers a chat completion with nothing but the body of the request.
func echo(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: req.ContentLength, Request: req}, err
}

func echoed(t *testing.T, req *http.Request) string {
	t.Helper()
	resp, err := mutllm.Middleware(req, echo)
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(text)
}

// What is no call of a model is neither read nor changed.
func TestUnknown(t *testing.T) {
	rec := mutest.New(t)
	requests := map[string]*http.Request{
		"another path":   post(t, rec.Context(t.Context()), "http://shop.test/orders", question),
		"another method": post(t, rec.Context(t.Context()), "http://shop.test/v1/chat/completions", question),
		"another body":   post(t, rec.Context(t.Context()), "http://shop.test/v1/messages", `{"text":"hello"}`),
		"no JSON":        post(t, rec.Context(t.Context()), "http://shop.test/v1/chat/completions", "hello"),
		"another server": post(t, rec.Context(t.Context()), "http://shop.test/generate", `{"inputs":"A red dress","size":512}`),
		"counting":       post(t, rec.Context(t.Context()), "http://model.test/v1/messages/count_tokens", question),
		"suppressed":     post(t, mutagent.WithSuppressed(rec.Context(t.Context())), "http://model.test/v1/chat/completions", question),
	}
	requests["another method"].Method = http.MethodPut
	for name, req := range requests {
		resp, err := mutllm.Middleware(req, func(got *http.Request) (*http.Response, error) {
			assert.Same(t, req, got, name)
			return echo(got)
		})
		require.NoError(t, err)
		_, err = io.ReadAll(resp.Body)
		require.NoError(t, err)
	}
	assert.Empty(t, rec.Spans())
}

// A request arrives whole, wherever its body comes from, and can be sent again.
func TestRequestBody(t *testing.T) {
	const path = "http://model.test/v1/chat/completions"
	shared := strings.NewReader(question) // as in openai-go
	for name, change := range map[string]func(*http.Request){
		"of net/http":       func(*http.Request) {},
		"one shared reader": func(r *http.Request) { r.GetBody = rewinding(shared); r.Body, _ = r.GetBody() },
		"only once":         func(r *http.Request) { r.GetBody = nil },
		"of unknown length": func(r *http.Request) { r.GetBody = nil; r.ContentLength = -1 },
		"GetBody fails":     func(r *http.Request) { r.GetBody = func() (io.ReadCloser, error) { return nil, io.ErrUnexpectedEOF } },
	} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			req := post(t, rec.Context(t.Context()), path, question)
			change(req)
			before := req.Body
			assert.Equal(t, question, echoed(t, req))
			assert.Equal(t, before, req.Body, "the request is the caller's")
			if req.GetBody != nil && name != "GetBody fails" {
				again, err := req.GetBody()
				require.NoError(t, err)
				text, err := io.ReadAll(again)
				require.NoError(t, err)
				assert.Equal(t, question, string(text))
			}
			if name != "of unknown length" && name != "GetBody fails" {
				assert.Equal(t, "Hello!", rec.Span("chat gpt-4o").Input.Messages[1].Content)
			}
		})
	}
}

func rewinding(r io.ReadSeeker) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		_, err := r.Seek(0, io.SeekStart)
		return io.NopCloser(r), err
	}
}

// A body that cannot be read fails where it would without us.
func TestRequestBodyBreaks(t *testing.T) {
	broken := errors.New("no more")
	rec := mutest.New(t)
	req := post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question)
	req.GetBody = nil
	req.Body = io.NopCloser(io.MultiReader(strings.NewReader(question[:9]), iotest.ErrReader(broken)))
	_, err := mutllm.Middleware(req, func(r *http.Request) (*http.Response, error) {
		text, err := io.ReadAll(r.Body)
		assert.Equal(t, question[:9], string(text))
		return nil, err
	})
	assert.Equal(t, broken, err)
}

// Files pass unread. That there was a call is told all the same.
func TestForm(t *testing.T) {
	rec := mutest.New(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "a.mp3")
	require.NoError(t, err)
	_, err = file.Write(make([]byte, 1<<20))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	text := body.String()
	req := post(t, rec.Context(t.Context()), "https://api.openai.com/v1/audio/transcriptions", text)
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.GetBody = nil
	req.Body = io.NopCloser(iotest.ErrReader(errors.New("read too early")))
	resp, err := mutllm.Middleware(req, func(r *http.Request) (*http.Response, error) {
		assert.Equal(t, req.Body, r.Body)
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"text":"Hello."}`))}, nil
	})
	require.NoError(t, err)
	_, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "Hello.", rec.Span("transcription").Output.Text)
}

// Ten megabytes of picture pass, and are told of by type and size; ten megabytes of
// text are cut.
func TestLarge(t *testing.T) {
	const size = 10 << 20
	rec := mutest.New(t)
	picture := strings.Repeat("QUJD", size/4)
	for _, body := range []string{
		`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + picture + `"}}]}],"model":"with-picture"}`,
		`{"messages":[{"role":"user","content":"` + strings.Repeat("long ", size/5) + `"}],"model":"with-text"}`,
	} {
		req := post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", body)
		if echoed(t, req) != body {
			t.Error("the body has changed")
		}
	}
	part := rec.Span("chat with-picture").Input.Messages[0].Parts[0]
	assert.Equal(t, mutagent.Part{Type: "blob", MIMEType: "image/png", Size: size / 4 * 3}, part)
	assert.NotContains(t, rec.Span("chat with-picture").Attributes, "mutllm.truncated")

	text := rec.Span("chat with-text")
	assert.Equal(t, true, text.Attributes["mutllm.truncated"])
	content := text.Input.Messages[0].Content
	assert.Less(t, len(content), 1<<20+100)
	assert.Contains(t, content[len(content)-40:], fmt.Sprintf("… [%d bytes]", size))
}

func TestLargeAnswer(t *testing.T) {
	const size = 10 << 20
	rec := mutest.New(t)
	answer := strings.Replace(greeting, "Hi.", strings.Repeat("word ", size/5), 1)
	req := post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question)
	resp, err := (&mutllm.Transport{Base: &canned{status: 200, contentType: "application/json", body: strings.NewReader(answer)}}).RoundTrip(req)
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Len(t, text, len(answer))
	span := rec.Span("chat gpt-4o")
	assert.Equal(t, true, span.Attributes["mutllm.truncated"])
	assert.EqualValues(t, 29, span.Metrics.TotalTokens, "what comes after the text is read")
}

// A call that two layers see is one span; a layer of another sort is under it and
// tells the server of it.
func TestLayers(t *testing.T) {
	rec := mutest.New(t)
	var traceparent string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		traceparent = r.Header.Get("Traceparent")
		answer(200, "application/json", greeting)(w, r)
	})
	transport := &mutllm.Transport{Base: &muthttp.Transport{Base: &mutllm.Transport{}}}
	resp, err := mutllm.Middleware(post(t, rec.Context(t.Context()), url+"/v1/chat/completions", question), transport.RoundTrip)
	require.NoError(t, err)
	_, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	spans := rec.Spans()
	require.Len(t, spans, 2)
	assert.Equal(t, []string{"chat gpt-4o", "POST"}, []string{spans[0].Name, spans[1].Name})
	assert.Equal(t, spans[0].SpanID, spans[1].ParentID)
	assert.Contains(t, traceparent, spans[1].SpanID)
}

func TestContext(t *testing.T) {
	rec := mutest.New(t)
	ctx := mutagent.WithSession(rec.Context(t.Context()), "s-1")
	ctx = mutllm.WithName(ctx, "greet")
	ctx = mutllm.WithoutContent(ctx)
	echoed(t, post(t, ctx, "http://model.test/v1/chat/completions", question))
	span := rec.Span("greet")
	assert.Equal(t, "s-1", rec.Traces()[0].SessionID)
	assert.Empty(t, span.Input)
	assert.Empty(t, span.Output)
	assert.Equal(t, 0.5, span.Attributes["gen_ai.request.temperature"])
}

func TestOmitContent(t *testing.T) {
	rec := mutest.New(t)
	req := post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", `{"tools":[{"type":"function"}],`+question[1:])
	base := &canned{status: 400, contentType: "application/json", body: strings.NewReader(`{"error":{"message":"no"},"secret":1}`)}
	_, err := (&mutllm.Transport{Base: base, Options: mutllm.Options{OmitContent: true}}).RoundTrip(req)
	require.NoError(t, err)
	span := rec.Span("chat gpt-4o")
	assert.Empty(t, span.Input)
	assert.Empty(t, span.Output)
	assert.NotContains(t, span.Attributes, "gen_ai.tool.definitions")
	assert.Equal(t, "400 Bad Request: no", span.StatusMessage)
}

// The option is added where it is missing, and the length is right.
func TestIncludeUsage(t *testing.T) {
	rec := mutest.New(t)
	for body, want := range map[string]string{
		`{"stream":true,` + question[1:]:                                          `{"stream_options":{"include_usage":true},"stream":true,` + question[1:],
		`{"stream":true,"stream_options":{"include_usage":false},` + question[1:]: `{"stream":true,"stream_options":{"include_usage":false},` + question[1:],
		question: question,
	} {
		for _, once := range []bool{false, true} {
			req := post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", body)
			if once {
				req.GetBody = nil
			}
			resp, err := mutllm.Options{IncludeUsage: true}.Middleware(req, func(r *http.Request) (*http.Response, error) {
				if r.GetBody != nil { // as net/http does for a second try
					_, _ = io.CopyN(io.Discard, r.Body, 7)
					var err error
					if r.Body, err = r.GetBody(); err != nil {
						return nil, err
					}
				}
				return echo(r)
			})
			require.NoError(t, err)
			text, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, want, string(text))
			assert.EqualValues(t, len(want), resp.ContentLength)
			assert.EqualValues(t, len(body), req.ContentLength, "the request is the caller's")
		}
	}
}

func TestPanic(t *testing.T) {
	rec := mutest.New(t)
	assert.PanicsWithValue(t, "boom", func() {
		_, _ = mutllm.Middleware(post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question),
			func(*http.Request) (*http.Response, error) { panic("boom") })
	})
	assert.Equal(t, mutagent.StatusError, rec.Span("chat gpt-4o").Status)
}

// While tracing is off, the request is not looked at.
func TestOff(t *testing.T) {
	off, err := mutagent.New(&mutagent.Options{})
	require.NoError(t, err)
	req := post(t, off.Context(context.Background()), "http://model.test/v1/chat/completions", question)
	_, err = mutllm.Middleware(req, func(got *http.Request) (*http.Response, error) {
		assert.Same(t, req, got)
		return nil, nil
	})
	require.NoError(t, err)
}

func TestDefaultTransport(t *testing.T) {
	before := http.DefaultTransport
	defer func() { http.DefaultTransport = before }()
	mutllm.InstrumentDefaultTransport()
	mutllm.InstrumentDefaultTransport()
	assert.Equal(t, before, http.DefaultTransport.(*mutllm.Transport).Base)
	rec := mutest.New(t)
	url := serve(t, answer(200, "application/json", greeting))
	resp, err := http.DefaultClient.Do(post(t, rec.Context(t.Context()), url+"/v1/chat/completions", question))
	require.NoError(t, err)
	_, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Len(t, rec.Spans(), 1)
	http.DefaultClient.CloseIdleConnections()
}
