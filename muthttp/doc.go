// Package muthttp traces HTTP handlers and clients, and propagates traces between
// services:
//
//	client := &http.Client{Transport: &muthttp.Transport{}}
//	server := &http.Server{Handler: muthttp.Handler(mux)}
//
// Each works without the other. The trace is propagated in the headers of W3C Trace
// Context, which other tracing systems support too. [mutagent.Inject] and
// [mutagent.Extract] serve other protocols.
//
// Attributes follow OpenTelemetry's semantic conventions for HTTP. Queries, headers and
// bodies are not recorded, because they can hold secrets.
//
// The package does not change how the program behaves: nothing is buffered, retried or
// read ahead. Errors, panics and cancellation pass through.
package muthttp
