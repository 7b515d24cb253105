// Package mutagent traces LLM applications with MutagenT.
//
// A span lives in a [context.Context]. Four things make a trace, one line each:
//
//	slog.SetDefault(slog.New(mutagent.NewHandler(slog.Default().Handler(), nil)))
//
//	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
//	defer end()
//
//	slog.InfoContext(ctx, "picked a tool", "tool", "orders") // an event of that span
//
//	mutagent.Flush(ctx) // where the process may be frozen or end
//
// Spans started with the returned context are its children. [FromContext] gives
// the span, to set input, output, metrics and attributes.
//
// # Configuration
//
// Set MUTAGENT_API_KEY, or call [Init]. Without a key tracing is off: Start
// returns the context it was given, and costs a few nanoseconds.
//
// # What tracing does to the program
//
// Tracing never blocks, never panics and never writes to the program's logger. Spans
// go through a lock-free queue to one goroutine, which sends them. Values are taken
// when they are given: texts as they are, anything mutable as JSON, so that later
// changes are neither seen nor a race. Memory is bounded, see [Options]. [Stats]
// counts what did not fit.
package mutagent
