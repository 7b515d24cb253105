package mutllm

import "net/http"

// Middleware calls next with req, and records a model call as a span. It has the type
// of the argument of option.WithMiddleware in all versions of openai-go and
// anthropic-sdk-go. It is safe for concurrent use.
func Middleware(req *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	return Options{}.Middleware(req, next)
}

// Options select what is recorded. [Middleware] and an empty [Transport] use the zero
// value.
type Options struct {
	// OmitContent omits inputs, outputs, tool definitions and the bodies of failures.
	// [WithoutContent] does so for single calls.
	OmitContent bool

	// IncludeUsage requests token usage for streams of OpenAI and compatible servers. It
	// adds stream_options.include_usage to streaming requests that have no stream_options.
	// The program then receives one more chunk at the end, whose list of choices is empty;
	// it must not read the first choice unchecked. Some compatible servers reject the
	// option.
	IncludeUsage bool
}

// Middleware is like the package's [Middleware], with options:
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

// restore calls next with sent, and sets the response's Request to req, which is the
// one the caller knows.
func restore(req, sent *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	resp, err := next(sent)
	if resp != nil && resp.Request == sent {
		resp.Request = req
	}
	return resp, err
}

// A Transport is [Middleware] as an [http.RoundTripper], for everything that takes an
// [http.Client]. The request is not modified; Base receives a copy.
type Transport struct {
	Base    http.RoundTripper // nil means http.DefaultTransport, read for each request
	Options Options
}

// RoundTrip implements [http.RoundTripper].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.Options.Middleware(req, t.base().RoundTrip)
}

// CloseIdleConnections closes the idle connections of Base.
// [http.Client.CloseIdleConnections] calls it.
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

// InstrumentDefaultTransport wraps [http.DefaultTransport] in a [Transport], so that
// clients which use it are traced without a change. Call it in main, before other
// goroutines use http.DefaultTransport.
//
// Check your dependencies first. Code that converts http.DefaultTransport to
// [*http.Transport] without a check will panic, as some packages of Kubernetes and of
// Google's cloud libraries do. Packages that read the variable earlier, during their
// initialisation, are not traced.
func InstrumentDefaultTransport() {
	if _, ok := http.DefaultTransport.(*Transport); !ok {
		http.DefaultTransport = &Transport{Base: http.DefaultTransport}
	}
}
