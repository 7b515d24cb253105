package mutotel_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
	"github.com/mutagent-io/mutagent-go/muthttp"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// An HTTP request that both muthttp and otelhttp see, at either end and in either
// order, is one span at each end. The span has the route, which only the inner layer
// knows.
func TestOneRequestOneSpan(t *testing.T) {
	for name, ours := range map[string]bool{"ours outside": true, "theirs outside": false} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
				opts := []otelhttp.Option{otelhttp.WithTracerProvider(p), otelhttp.WithPropagators(propagation.TraceContext{})}
				mux := http.NewServeMux()
				mux.HandleFunc("GET /orders/{id}", func(rw http.ResponseWriter, r *http.Request) {
					_, end := mutagent.Start(r.Context(), mutagent.KindTool, "inside")
					end()
					_, below := p.Tracer("test").Start(r.Context(), "inside, theirs")
					below.End()
					rw.WriteHeader(http.StatusBadGateway)
				})
				var handler http.Handler
				client := new(http.Client)
				if ours {
					handler = muthttp.Handler(otelhttp.NewHandler(mux, "serve", opts...))
					client.Transport = &muthttp.Transport{Base: otelhttp.NewTransport(nil, opts...)}
				} else {
					handler = otelhttp.NewHandler(muthttp.Handler(mux), "serve", opts...)
					client.Transport = otelhttp.NewTransport(&muthttp.Transport{}, opts...)
				}
				server := httptest.NewServer(inject(w, handler))
				defer server.Close()

				ctx, end := w.client.Start(t.Context(), mutagent.KindAgent, "outside")
				fetch(t, client, must(http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/orders/7", nil)))
				end()
				server.Close() // waits for the handler's span

				got := w.spans(5)
				sent, isOurs := got["GET"]
				if !isOurs {
					sent = got["HTTP GET"]
				}
				assert.Equal(t, ours, isOurs, "the outer one names it")
				served := got["GET /orders/{id}"]
				assert.Equal(t, got["outside"].SpanID, sent.ParentID)
				assert.Equal(t, sent.SpanID, served.ParentID)
				assert.Equal(t, served.SpanID, got["inside"].ParentID)
				assert.Equal(t, served.SpanID, got["inside, theirs"].ParentID)
				for _, s := range []mutest.Span{sent, served} {
					assert.Equal(t, got["outside"].TraceID, s.TraceID)
					assert.Equal(t, mutagent.KindCustom, s.Kind)
					assert.Equal(t, mutagent.StatusError, s.Status, s.Name)
					assert.Equal(t, "GET", s.Attributes["http.request.method"])
					assert.EqualValues(t, 502, s.Attributes["http.response.status_code"])
				}
			})
		})
	}
}

// Another request, made in the context of the first, is another span.
func TestTwoRequestsTwoSpans(t *testing.T) {
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		opts := []otelhttp.Option{otelhttp.WithTracerProvider(p), otelhttp.WithPropagators(propagation.TraceContext{})}
		second := otelhttp.NewHandler(http.NotFoundHandler(), "serve", append(opts, otelhttp.WithSpanNameFormatter(func(string, *http.Request) string { return "second" }))...)
		first := muthttp.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			ctx, end := mutagent.Start(r.Context(), mutagent.KindTool, "between")
			defer end()
			second.ServeHTTP(rw, r.WithContext(ctx))
		}))
		inject(w, first).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		got := w.spans(3)
		assert.Equal(t, got["between"].SpanID, got["second"].ParentID)
	})
}

// A client library that tries again makes a request for each attempt of one call. One of
// OpenTelemetry's spans can be the call's; the others are below it.
func TestAttemptsBelowOneCall(t *testing.T) {
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		model := fakellm.Serve(fakellm.Reply{Status: http.StatusTooManyRequests}, fakellm.Reply{Status: http.StatusInternalServerError}, fakellm.Reply{Text: "Hello"})
		defer model.Close()
		var ids []string
		below := roundTripper(func(r *http.Request) (*http.Response, error) {
			ids = append(ids, trace.SpanContextFromContext(r.Context()).SpanID().String())
			return http.DefaultTransport.RoundTrip(r)
		})
		client := &http.Client{Transport: &mutllm.Transport{
			Base: otelhttp.NewTransport(below, otelhttp.WithTracerProvider(p), otelhttp.WithPropagators(propagation.TraceContext{})),
		}}
		ctx, end := w.client.Start(t.Context(), mutagent.KindAgent, "agent")
		callModel(t, ctx, client, model.URL, 3)
		end()
		w.spans(3)
		var got []string
		for _, s := range w.rec.Spans() {
			if s.Name != "agent" {
				got = append(got, s.SpanID)
			}
			if s.Name == "HTTP POST" {
				assert.Equal(t, ids[0], s.ParentID)
			}
		}
		assert.ElementsMatch(t, ids, got, "each attempt has an ID, and a span with it")
	})
}

// A RoundTripper that tries again makes a span of OpenTelemetry's for each attempt. Only
// one of them can be the request's.
func TestAttemptsBelowOneRequest(t *testing.T) {
	w := newWorld(t)
	ids := map[trace.SpanID]bool{}
	var below http.RoundTripper = roundTripper(func(r *http.Request) (*http.Response, error) {
		ids[trace.SpanContextFromContext(r.Context()).SpanID()] = true
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})
	below = otelhttp.NewTransport(below, otelhttp.WithTracerProvider(w.sdk()), otelhttp.WithPropagators(propagation.TraceContext{}))
	client := &http.Client{Transport: &muthttp.Transport{Base: roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := below.RoundTrip(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return below.RoundTrip(r)
	})}}
	ctx, end := w.client.Start(t.Context(), mutagent.KindAgent, "outside")
	fetch(t, client, must(http.NewRequestWithContext(ctx, http.MethodGet, "http://x.test/", nil)))
	end()
	got := w.spans(3)
	assert.Len(t, ids, 2)
	assert.Equal(t, got["GET"].SpanID, got["HTTP GET"].ParentID)
}

// inject lets the handler's spans go to w.
func inject(w *world, h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(rw, r.WithContext(w.client.Context(r.Context())))
	})
}

func must(req *http.Request, err error) *http.Request {
	if err != nil {
		panic(err)
	}
	return req
}

// fetch sends a request and reads the whole response.
func fetch(t *testing.T, c *http.Client, req *http.Request) {
	t.Helper()
	resp, err := c.Do(req)
	require.NoError(t, err)
	_, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}

// A model call that both mutllm and OpenTelemetry's instrumentation see is one span
// with the data of both. The instrumentation may be that of a framework, which may tell
// only at the end what its span was, that of the HTTP client, or both.
func TestOneModelCallOneSpan(t *testing.T) {
	type wrap = func(http.RoundTripper) http.RoundTripper
	chat := trace.WithAttributes(attribute.String("gen_ai.operation.name", "generate_content"), attribute.String("own", "x"))
	action := trace.WithAttributes(attribute.String("genkit:type", "action"), attribute.String("own", "x"))
	for name, how := range map[string]struct {
		framework trace.SpanStartOption
		client    func(otel wrap) http.RoundTripper
		more      int // spans of the HTTP client below the framework's span: both are OpenTelemetry's
	}{
		"framework":             {chat, func(wrap) http.RoundTripper { return &mutllm.Transport{} }, 0},
		"Genkit":                {action, func(wrap) http.RoundTripper { return &mutllm.Transport{} }, 0},
		"client inside":         {nil, func(otel wrap) http.RoundTripper { return &mutllm.Transport{Base: otel(nil)} }, 0},
		"client outside":        {nil, func(otel wrap) http.RoundTripper { return otel(&mutllm.Transport{}) }, 0},
		"framework and inside":  {chat, func(otel wrap) http.RoundTripper { return &mutllm.Transport{Base: otel(nil)} }, 1},
		"framework and outside": {chat, func(otel wrap) http.RoundTripper { return otel(&mutllm.Transport{}) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
				model := fakellm.Serve(fakellm.Reply{Text: "Hello", InputTokens: 7, OutputTokens: 2})
				defer model.Close()
				client := &http.Client{Transport: how.client(func(base http.RoundTripper) http.RoundTripper {
					return otelhttp.NewTransport(base, otelhttp.WithTracerProvider(p), otelhttp.WithPropagators(propagation.TraceContext{}))
				})}
				ctx, end := w.client.Start(t.Context(), mutagent.KindAgent, "agent")
				id := ""
				if how.framework != nil {
					inner, s := p.Tracer("framework").Start(ctx, "fake/model", how.framework)
					ctx, id = inner, s.SpanContext().SpanID().String()
					defer s.End()
					end2 := end
					end = func(...*error) { // the attributes that Genkit sets at the end
						s.SetAttributes(attribute.String("genkit:metadata:subtype", "model"), attribute.String("genkit:name", "fake/model"))
						s.End()
						end2()
					}
				}
				req := must(http.NewRequestWithContext(ctx, http.MethodPost, model.URL+"/v1/chat/completions",
					strings.NewReader(`{"model":"gpt-5","messages":[{"role":"user","content":"Hi"}]}`)))
				fetch(t, client, req)
				end()

				got := w.spans(2 + how.more)
				s, ok := got["chat gpt-5"]
				require.True(t, ok, "%v", got)
				assert.Equal(t, got["agent"].SpanID, s.ParentID)
				assert.Equal(t, mutagent.KindLLMChat, s.Kind)
				assert.Equal(t, mutagent.StatusOK, s.Status)
				assert.EqualValues(t, 7, s.Metrics.InputTokens)
				require.Len(t, s.Input.Messages, 1)
				require.Len(t, s.Output.Messages, 1)
				if how.framework != nil {
					assert.Equal(t, id, s.SpanID)
					assert.Equal(t, "x", s.Attributes["own"])
				}
				if how.more > 0 {
					assert.Equal(t, s.SpanID, got["HTTP POST"].ParentID)
				}
			})
		})
	}
}

// Several attempts of a library for one call are one span, which the library's own
// result ends.
func TestAttemptsOfABorrowedSpan(t *testing.T) {
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		model := fakellm.Serve(fakellm.Reply{Status: http.StatusTooManyRequests}, fakellm.Reply{Text: "Hello"})
		defer model.Close()
		ctx, end := w.client.Start(t.Context(), mutagent.KindAgent, "agent")
		ctx, s := p.Tracer("framework").Start(ctx, "theirs", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat")))
		client := &http.Client{Transport: &mutllm.Transport{}}
		callModel(t, ctx, client, model.URL, 2)
		s.SetStatus(codes.Unset, "")
		s.End()
		end()
		got := w.spans(2)["chat gpt-5"]
		assert.Equal(t, mutagent.StatusOK, got.Status)
		assert.Equal(t, "", got.StatusMessage)
		assert.EqualValues(t, 1, got.Attributes["http.request.resend_count"])
		require.Len(t, got.Output.Messages, 1)
	})
}

// The program gets the whole answer to a request that outlives the framework's span.
func TestBorrowedSpanEndsDuringTheRequest(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusBadRequest} {
		both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
			ctx, s := p.Tracer("framework").Start(w.client.Context(t.Context()), "theirs", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat")))
			client := &http.Client{Transport: &mutllm.Transport{Base: roundTripper(func(*http.Request) (*http.Response, error) {
				s.End()
				return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"id":"x"}`))}, nil
			})}}
			req := must(http.NewRequestWithContext(ctx, http.MethodPost, "http://model.test/v1/chat/completions",
				strings.NewReader(`{"model":"gpt-5","messages":[{"role":"user","content":"Hi"}]}`)))
			resp, err := client.Do(req)
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, `{"id":"x"}`, string(body))
			assert.Contains(t, w.spans(1), "chat gpt-5")
		})
	}
}

// What mutllm cannot read of a compressed answer, the framework's span may know.
func TestBorrowedSpanOfACompressedAnswer(t *testing.T) {
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		ctx, s := p.Tracer("framework").Start(w.client.Context(t.Context()), "theirs", trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat")))
		client := &http.Client{Transport: &mutllm.Transport{Base: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Encoding": {"br"}}, Body: io.NopCloser(strings.NewReader("?"))}, nil
		})}}
		fetch(t, client, must(http.NewRequestWithContext(ctx, http.MethodPost, "http://model.test/v1/chat/completions",
			strings.NewReader(`{"model":"gpt-5","messages":[{"role":"user","content":"Hi"}]}`))))
		s.SetAttributes(attribute.String("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"text","content":"Hello"}]}]`))
		s.End()
		got := w.spans(1)["chat gpt-5"]
		require.Len(t, got.Input.Messages, 1)
		require.Len(t, got.Output.Messages, 1)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// callModel makes a model call of several attempts, as the client libraries do.
func callModel(t *testing.T, ctx context.Context, client *http.Client, url string, attempts int) {
	t.Helper()
	for i := range attempts {
		req := must(http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions",
			strings.NewReader(`{"model":"gpt-5","messages":[{"role":"user","content":"Hi"}]}`)))
		req.Header.Set("X-Stainless-Retry-Count", strconv.Itoa(i))
		resp, err := client.Do(req)
		require.NoError(t, err)
		if i == attempts-1 { // a caller that reads the error does not retry
			_, err = io.ReadAll(resp.Body)
			require.NoError(t, err)
		}
		require.NoError(t, resp.Body.Close())
	}
}
