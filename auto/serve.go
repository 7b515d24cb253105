package auto

import (
	"net"
	"net/http"

	"github.com/mutagent-io/mutagent-go/muthttp"
)

// Server returns s with a span around each request.
func Server(s *http.Server) *http.Server {
	s.Handler = handler(s.Handler)
	return s
}

// ListenAndServe is like [http.ListenAndServe], with a span around each request.
func ListenAndServe(addr string, h http.Handler) error {
	return http.ListenAndServe(addr, handler(h))
}

// ListenAndServeTLS is like [http.ListenAndServeTLS], with a span around each request.
func ListenAndServeTLS(addr, certFile, keyFile string, h http.Handler) error {
	return http.ListenAndServeTLS(addr, certFile, keyFile, handler(h))
}

// Serve is like [http.Serve], with a span around each request.
func Serve(l net.Listener, h http.Handler) error { return http.Serve(l, handler(h)) }

// ServeTLS is like [http.ServeTLS], with a span around each request.
func ServeTLS(l net.Listener, h http.Handler, certFile, keyFile string) error {
	return http.ServeTLS(l, handler(h), certFile, keyFile)
}

// handler wraps h, or net/http's default handler if h is nil, in a span.
func handler(h http.Handler) http.Handler {
	if h == nil {
		h = http.DefaultServeMux
	}
	return muthttp.Handler(h)
}
