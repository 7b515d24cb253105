// Package muthttp carries traces over HTTP, so that what a service does for a
// caller is part of the caller's trace:
//
//	client := &http.Client{Transport: &muthttp.Transport{}}
//	server := &http.Server{Handler: muthttp.Handler(mux)}
//
// The two need not know each other: what passes between them are the headers of
// W3C Trace Context, which other tracing systems read and write, too. For other
// protocols there are [mutagent.Inject] and [mutagent.Extract].
//
// A span has attributes with the names of OpenTelemetry's HTTP conventions. Query,
// headers and bodies are not recorded, as they can hold secrets.
//
// Programs behave as they do without the package: nothing is buffered, retried or
// read ahead, and errors, panics and cancellation are passed on as they are.
package muthttp
