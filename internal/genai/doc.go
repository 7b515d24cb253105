// Package genai reads what programs and model providers say to each other over
// HTTP. It recognises a call by its path and body, and takes from request and
// answer what OpenTelemetry's GenAI conventions have names for.
//
// It only reads: bytes come in as they pass by, in pieces of any size, and are
// never kept for longer than the call that brings them. What is kept is bounded,
// whatever the other side sends.
//
//	host, path      -> provider.go   whose service, which protocol; a file for each provider
//	protocol        -> protocol.go   how a call is written
//	                -> shape.go      where the parts are, if that is all there is to say
//	                -> openai.go, openai_parts.go, responses.go, anthropic.go, gemini.go, interactions.go,
//	                   converse.go, cohere.go, ollama.go
//	request, answer -> excerpt.go    a JSON text without its long strings
//	stream          -> splitter.go   server-sent events and lines
//	                -> frames.go     Amazon's messages
//	what was said   -> answer.go, cited.go, finish.go, media.go, parameters.go, tools.go, usage.go
//
// What framework integrations say in the same words is exported: [FinishReason],
// [ToolData], [ToolValue], [WithoutFiles], [Reference], [Blob], [Parameters],
// [Usage.CacheApart], [Mark].
package genai
