// Package mutlangchain traces programs that use [github.com/tmc/langchaingo].
//
// Spans come from decorators, which implement the decorated interface and pass on a
// context:
//
//	model := mutlangchain.Model("gpt-4o", llm)
//	executor := mutlangchain.Agent("support-agent", agents.NewExecutor(agent))
//
// [Chain], [Tool] and [Retriever] work in the same way. Parents are exact at any
// concurrency, also under chains.Apply.
//
// [Handler] is the callback handler. A handler of langchaingo cannot pass a context of
// its own to the component and is not told which call an end belongs to. Often it is
// not called at the end at all: of the sixteen providers that call it, five never
// report an error and four never a result. It therefore creates no spans. It records
// its calls as events of the span in the context, which is correct at any concurrency.
package mutlangchain
