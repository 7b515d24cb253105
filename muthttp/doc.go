// Package muthttp carries traces over HTTP, so that what a service does for a
// caller is part of the caller's trace:
//
//	client := &http.Client{Transport: &muthttp.Transport{}}
//	server := &http.Server{Handler: muthttp.Handler(mux)}
//
// Either works without the other. The trace travels in the headers of W3C Trace
// Context, which other tracing systems read and write, too. [mutagent.Inject] and
// [mutagent.Extract] serve other protocols.
//
// A span has attributes with the names of OpenTelemetry's HTTP conventions. Query,
// headers and bodies are not recorded, as they can hold secrets.
//
// Programs behave as they do without the package: nothing is buffered, retried or
// read ahead, and errors, panics and cancellation are passed on as they are.
package muthttp
