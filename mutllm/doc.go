// Package mutllm traces calls to model providers at the HTTP level. It works with every
// client library and depends on none. The official clients of OpenAI and Anthropic use
// it as a middleware. Anything else with an [http.Client] uses it as a transport:
//
//	client := openai.NewClient(option.WithMiddleware(mutllm.Middleware))
//	client := &http.Client{Transport: &mutllm.Transport{}}
//
// A call becomes a child of the span in the request's context, or the root of a new
// trace. The span records the model, parameters, messages, tools and tool calls, token
// usage, time to first token, and errors. docs/llm.md lists the supported protocols.
// Other requests pass through untouched.
//
// Streams pass through unbuffered, and errors pass through unchanged. The copy for the
// span is bounded: at most 1 MiB of text of the request and 1 MiB of the response.
// Media is recorded as type and size only. A span whose text was cut has the attribute
// mutllm.truncated.
//
// Retries by a client library are recorded in one span, if the library numbers its
// attempts as those of OpenAI and Anthropic do. The attribute http.request.resend_count
// is the number of retries, and each failed attempt is an event. A retryable failure
// becomes final when its body is read, or when no retry follows within the library's
// backoff time. The span stays open until then, but its duration does not include the
// wait.
//
// If a call passes through several middlewares or transports of this package, only one
// span is recorded. Place the middleware before others that rewrite requests, such as
// those for Bedrock.
package mutllm
