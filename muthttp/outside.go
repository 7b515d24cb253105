package muthttp

import "net/http"

// notifier is the part that tells of a connection's end. It is deprecated, and gin
// asks for it.
//
//lint:ignore SA1019 what the writer within is, this one must be
type notifier = http.CloseNotifier

// outside returns r with those optional interfaces that the writer within has. A
// writer that claims one it does not have breaks handlers that ask, so there is a
// type for each combination.
func (r *response) outside() http.ResponseWriter {
	_, flushes := r.ResponseWriter.(http.Flusher)
	hijacks, canHijack := r.ResponseWriter.(http.Hijacker)
	p, pushes := r.ResponseWriter.(http.Pusher)
	n, notifies := r.ResponseWriter.(notifier)
	f, h := flusher{r}, hijacker{r, hijacks}
	switch [4]bool{flushes, canHijack, notifies, pushes} {
	case [4]bool{true, true, true, false}: // net/http over HTTP/1
		return struct {
			*response
			flusher
			hijacker
			notifier
		}{r, f, h, n}
	case [4]bool{true, false, true, true}: // net/http over HTTP/2
		return struct {
			*response
			flusher
			notifier
			http.Pusher
		}{r, f, n, p}
	case [4]bool{true, false, false, false}: // httptest, and most middlewares
		return struct {
			*response
			flusher
		}{r, f}
	case [4]bool{false, true, false, false}:
		return struct {
			*response
			hijacker
		}{r, h}
	case [4]bool{false, false, true, false}:
		return struct {
			*response
			notifier
		}{r, n}
	case [4]bool{false, false, false, true}:
		return struct {
			*response
			http.Pusher
		}{r, p}
	case [4]bool{true, true, false, false}:
		return struct {
			*response
			flusher
			hijacker
		}{r, f, h}
	case [4]bool{true, false, true, false}:
		return struct {
			*response
			flusher
			notifier
		}{r, f, n}
	case [4]bool{true, false, false, true}:
		return struct {
			*response
			flusher
			http.Pusher
		}{r, f, p}
	case [4]bool{false, true, true, false}:
		return struct {
			*response
			hijacker
			notifier
		}{r, h, n}
	case [4]bool{false, true, false, true}:
		return struct {
			*response
			hijacker
			http.Pusher
		}{r, h, p}
	case [4]bool{false, false, true, true}:
		return struct {
			*response
			notifier
			http.Pusher
		}{r, n, p}
	case [4]bool{true, true, false, true}:
		return struct {
			*response
			flusher
			hijacker
			http.Pusher
		}{r, f, h, p}
	case [4]bool{false, true, true, true}:
		return struct {
			*response
			hijacker
			notifier
			http.Pusher
		}{r, h, n, p}
	case [4]bool{true, true, true, true}:
		return struct {
			*response
			flusher
			hijacker
			notifier
			http.Pusher
		}{r, f, h, n, p}
	}
	return r
}
