// Package mutllm traces calls of model providers where they pass as HTTP. It works with
// every client library and depends on none. The official clients of OpenAI and
// Anthropic take it as a middleware. Everything else that has an [http.Client] takes it
// as a transport:
//
//	client := openai.NewClient(option.WithMiddleware(mutllm.Middleware))
//	client := &http.Client{Transport: &mutllm.Transport{}}
//
// A call becomes a span under the one in the request's context, or the first of a
// trace. It has the model, the parameters, the conversation, the tools and their
// calls, the tokens used, the time to the first token, and what went wrong.
// docs/llm.md lists what is recognised. Other requests pass untouched.
//
// Programs behave as they do without the package. They get the same bytes at the same
// time, and the same errors. The copy for the span is bounded: it has type and size
// of pictures and the like, and at most 1 MiB of text of a request and 1 MiB of its
// answer. A span that lost some of its text has the attribute mutllm.truncated.
//
// Attempts that a client library makes for one call are one span, if the library
// numbers them as those of OpenAI and Anthropic do: the attribute
// http.request.resend_count says how many there were after the first, and an event
// tells of each that failed. A failure that could be repeated is final if its body
// is read, or if no other attempt comes within the time that the library would
// wait. Until then the span is open. Its duration does not include that wait.
//
// A call that passes two of these, one within the other, is one span. Place the
// middleware before others that rewrite requests, as those for Bedrock do.
package mutllm
