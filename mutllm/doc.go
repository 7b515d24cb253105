// Package mutllm traces the calls of model providers where they pass as HTTP: no
// matter which client library makes them, and without a dependency on any. The
// official clients of OpenAI and Anthropic take it as a middleware, everything
// else that has an [http.Client] as its transport:
//
//	client := openai.NewClient(option.WithMiddleware(mutllm.Middleware))
//	client := &http.Client{Transport: &mutllm.Transport{}}
//
// A call becomes a span under the one in the request's context, or the first of a
// trace. It has the model, the parameters, the conversation, the tools and their
// calls, the tokens used, the time to the first token, and what went wrong.
// docs/llm.md lists what is recognised. What is not passes untouched.
//
// Programs behave as they do without the package: they get the same bytes, of a
// stream each when it comes, and the same errors. What is kept beside them is
// bounded: pictures and the like are told of by type and size, and of texts 1 MiB is
// kept of a request and 1 MiB of its answer. A span that lost some of its text has
// the attribute mutllm.truncated.
//
// Attempts that a client library makes for one call are one span, if the library
// numbers them as those of OpenAI and Anthropic do: the attribute
// http.request.resend_count says how many there were after the first, and an event
// tells of each that failed. A failure that could be repeated is final if its body
// is read, or if no other attempt comes within the time that the library would
// wait. Until then the span is open. Its duration does not include that wait.
//
// A call that is seen by two of these, one within the other, is one span. Place
// the middleware before others that rewrite requests, as those for Bedrock do.
package mutllm
