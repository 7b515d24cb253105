// Package muteino traces programs made with [github.com/cloudwego/eino]: graphs,
// chains and workflows, their nodes, models, tools, retrievers and embeddings, and
// agents of its adk. One line, before anything runs:
//
//	callbacks.AppendGlobalHandlers(muteino.Handler())
//
// Eino hands the context that a callback returns to the component, so every span
// has the parent that it should have, at any concurrency.
//
// # Streams
//
// Eino gives each handler a copy of a stream. It is read in a goroutine, as fast as
// the stream comes: the program gets the same items and waits for nothing. Two
// things are different from a program that is not traced. What makes the stream is
// not held up by a slow reader, and a reader's Close reaches it only when the
// stream or the context ends. So cancel the context of a stream that you break off.
// As eino asks for, whoever reads an item must not change what it refers to.
//
// A span of a stream ends shortly after the program has read the last item. Before
// a program ends, call [Wait], then [mutagent.Shutdown].
package muteino
