// Package mutagent traces LLM applications with MutagenT.
//
// A span lives in a [context.Context]. Four lines make a trace:
//
//	slog.SetDefault(slog.New(mutagent.NewHandler(slog.Default().Handler(), nil)))
//
//	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
//	defer end()
//
//	slog.InfoContext(ctx, "picked a tool", "tool", "orders") // an event of that span
//
//	mutagent.Flush(ctx) // before the process may be frozen or end
//
// Spans started with the returned context are its children. [FromContext] returns the
// span, whose methods set input, output, metrics and attributes.
//
// # Configuration
//
// Set MUTAGENT_API_KEY, or call [Init]. Without a key tracing is off: Start returns the
// context it was given and costs a few nanoseconds.
//
// # What tracing does to the program
//
// Tracing never blocks, never panics and never writes to the program's logger. A
// lock-free queue passes spans to one goroutine, which sends them. Values are copied
// when they are set: strings as they are, anything mutable as JSON. Later changes are
// not seen and cause no data race. Memory is bounded, see [Options]. [Stats] counts
// what was dropped or truncated.
package mutagent
