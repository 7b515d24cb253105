// Package muteino traces programs that use [github.com/cloudwego/eino]: graphs, chains
// and workflows, their nodes, models, tools, retrievers and embeddings, and agents of
// its adk. Register the handler before anything runs:
//
//	callbacks.AppendGlobalHandlers(muteino.Handler())
//
// Eino passes the context that a callback returns to the component, so every span has
// the correct parent at any concurrency.
//
// # Streams
//
// Eino gives each handler a copy of a stream. A goroutine reads the copy as fast as the
// stream arrives: the program gets the same items and does not wait. There are two
// differences from an untraced program. A slow reader does not slow down the producer,
// and a reader's Close reaches the producer only when the stream or the context ends.
// Therefore cancel the context of a stream that you abandon. As eino requires, a reader
// must not change data that an item refers to.
//
// A span of a stream ends shortly after the program has read the last item. Before
// a program ends, call [Wait], then [mutagent.Shutdown].
package muteino
