package mutllm

import "net/http"

// Middleware sends req by next, and records a call of a model as a span. It has
// the type that option.WithMiddleware of openai-go and anthropic-sdk-go takes, in
// every version of them. It may be called from any goroutine.
func Middleware(req *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	return Options{}.Middleware(req, next)
}

// Options say what is recorded. The zero value is what [Middleware] and an empty
// [Transport] have.
type Options struct {
	// OmitContent leaves out what was said: inputs, outputs, definitions of tools
	// and the bodies of failures. [WithoutContent] does so for single calls.
	OmitContent bool

	// IncludeUsage makes OpenAI and compatible servers tell the tokens that a
	// stream used, by adding stream_options.include_usage to requests for a stream
	// that do not have stream_options. The program gets one more chunk, at the end
	// and without choices: it must not rely on the first of them. Some compatible
	// servers refuse the option.
	IncludeUsage bool
}

// Middleware is the package's [Middleware] with options:
//
//	option.WithMiddleware(mutllm.Options{IncludeUsage: true}.Middleware)
func (o Options) Middleware(req *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	c, sent := o.open(req)
	if sent == req {
		return next(req)
	}
	if c == nil { // looked at, and none of ours
		return restore(req, sent, next)
	}
	return c.send(req, sent, next)
}

// restore sends sent by next, and lets the answer be that to req, which is the one
// that the caller knows.
func restore(req, sent *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	resp, err := next(sent)
	if resp != nil && resp.Request == sent {
		resp.Request = req
	}
	return resp, err
}

// A Transport is [Middleware] as an [http.RoundTripper], for everything that takes
// an [http.Client]. The request is not changed; Base gets a copy.
type Transport struct {
	Base    http.RoundTripper // nil means the http.DefaultTransport of the moment
	Options Options
}

// RoundTrip is for [http.Client].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.Options.Middleware(req, t.base().RoundTrip)
}

// CloseIdleConnections is what [http.Client.CloseIdleConnections] calls.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// original is net/http's own.
var original = http.DefaultTransport

func (t *Transport) base() http.RoundTripper {
	switch {
	case t.Base != nil:
		return t.Base
	case http.DefaultTransport == nil || http.DefaultTransport == http.RoundTripper(t):
		return original
	}
	return http.DefaultTransport
}

// InstrumentDefaultTransport puts a [Transport] in the place of
// [http.DefaultTransport], so that clients which use it are traced without any
// change. What is there is kept beneath it, be it net/http's own or that of another
// library. Call it in main, before other goroutines use it.
//
// Know your dependencies before you do: code that takes http.DefaultTransport for
// an [*http.Transport] without a check panics from then on, as some packages of
// Kubernetes and of Google's cloud libraries do; packages that have read the
// variable before, in their own initialisation, are not traced.
func InstrumentDefaultTransport() {
	if _, ok := http.DefaultTransport.(*Transport); !ok {
		http.DefaultTransport = &Transport{Base: http.DefaultTransport}
	}
}
