// Package mutlangchain traces programs made with [github.com/tmc/langchaingo].
//
// Spans come from decorators, which are what they decorate and pass on a context:
//
//	model := mutlangchain.Model("gpt-4o", llm)
//	executor := mutlangchain.Agent("support-agent", agents.NewExecutor(agent))
//
// and likewise [Chain], [Tool] and [Retriever]. Their parents are exact at any
// concurrency, also under chains.Apply.
//
// [Handler] is the callback handler. A handler of langchaingo cannot give what it
// is called for a context of its own, is not told which call an end belongs to, and
// often is not called at the end at all: of the sixteen providers that call it, five
// never report an error and four never a result. So it makes no spans. It records
// what it is told as events of the span in the context, which is right whatever runs
// beside it.
package mutlangchain
