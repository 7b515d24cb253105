package muthttp

import (
	"context"
	"iter"
	"log/slog"
	"net/http"
	"strings"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/layer"
)

// Handler returns a handler that calls next in a span. The span is in the request's
// context. It continues the trace in the request's headers, or begins a new one.
//
// The span is named after the method and, if an [http.ServeMux] routed the request, the
// pattern without its method and host, as in "GET /orders/{id}". It ends when next
// returns. A status of 500 or more makes it an error. If next panics, the span records
// the panic's value and stack, and the panic continues; this includes
// [http.ErrAbortHandler].
//
// The [http.ResponseWriter] passed to next implements [http.Flusher], [http.Hijacker],
// [http.Pusher] and CloseNotifier if the server's own does, and works with
// [http.ResponseController]. Trailers, path values and forms behave as without Handler,
// for inner and outer handlers. One thing is lost: [http.MaxBytesReader] asks the
// server's own ResponseWriter to close the connection, by an unexported method that no
// wrapper can have.
//
// The client decides which trace its request belongs to, and whether it is recorded.
// Remove the headers traceparent and tracestate from requests of untrusted clients.
func Handler(next http.Handler) http.Handler { return handler{next} }

type handler struct{ next http.Handler }

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, end := open(r)
	defer end()

	inner := within(r, ctx)
	resp := &response{ResponseWriter: w}
	defer func() {
		share(r, inner)
		describe(mutagent.FromContext(ctx), inner, resp.status)
	}()
	h.next.ServeHTTP(resp.outside(), inner)
	resp.returned()
}

// open starts the span of a request, or borrows the foreign span that was started for
// it.
func open(r *http.Request) (context.Context, func(...*error)) {
	attrs := []slog.Attr{slog.String("http.request.method", r.Method), slog.String("url.path", r.URL.Path)}
	ctx := r.Context()
	if span, ok := layer.Borrow(ctx, layer.Served, nothing).(*mutagent.Span); ok {
		span.SetAttributes(attrs...)
		return mutagent.WithSpan(ctx, span), func(...*error) {}
	}
	ctx, end := mutagent.Start(mutagent.Extract(ctx, r.Header), mutagent.KindCustom, r.Method, attrs...)
	if span := mutagent.FromContext(ctx); span != nil {
		ctx = layer.With(ctx, layer.Served, span)
	}
	return ctx, end
}

// nothing is left to record when a borrowed span ends.
func nothing() (content bool) { return false }

// within returns a copy of r with ctx. Maps are shared by r and its copy, so the maps
// that serving may fill are created before: path values, and trailers that were not
// announced, which only a chunked body can have.
func within(r *http.Request, ctx context.Context) *http.Request {
	r.SetPathValue("", "") // is "" anyway
	if r.Trailer == nil && r.ContentLength < 0 {
		r.Trailer = http.Header{}
	}
	return r.WithContext(ctx)
}

// share copies to r what serving its copy has set. The server removes the files of a
// MultipartForm, and outer handlers read Pattern and its values.
func share(r, served *http.Request) {
	if r.Pattern != served.Pattern {
		r.Pattern = served.Pattern
		for name := range wildcards(served.Pattern) {
			r.SetPathValue(name, served.PathValue(name))
		}
	}
	r.Form, r.PostForm, r.MultipartForm = served.Form, served.PostForm, served.MultipartForm
}

// wildcards returns the names in a pattern: those in braces, without the dots of the
// last.
func wildcards(pattern string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for segment := range strings.SplitSeq(pattern, "/") {
			name, found := strings.CutPrefix(segment, "{")
			name = strings.TrimSuffix(strings.TrimSuffix(name, "}"), "...")
			if found && name != "$" && !yield(name) {
				return
			}
		}
	}
}

// describe sets the name and status of the span after the request was served. A status
// of 0 is unknown.
func describe(span *mutagent.Span, r *http.Request, status int) {
	if r.Pattern != "" {
		span.SetName(r.Method + " " + route(r.Pattern))
	}
	setStatus(span, status, http.StatusInternalServerError)
}

// route returns the path of a pattern, which is "[METHOD ][HOST]/[PATH]".
func route(pattern string) string {
	return pattern[max(0, strings.IndexByte(pattern, '/')):]
}

// setStatus records a status, which is an error from bad on.
func setStatus(span *mutagent.Span, status, bad int) {
	if status == 0 {
		return
	}
	span.SetAttributes(slog.Int("http.response.status_code", status))
	if status >= bad {
		span.SetStatus(mutagent.StatusError, http.StatusText(status))
	}
}
