// Package genai reads the HTTP protocols of model providers. It recognises a call by
// its path and body, and extracts the fields of OpenTelemetry's GenAI conventions from
// the request and the response.
//
// It only reads: bytes arrive as they pass through, in pieces of any size, and are not
// retained after the function that receives them returns. The memory for extracted data
// is bounded, whatever the other side sends.
//
//	host, path      -> provider.go   whose service, which protocol; a file for each provider
//	protocol        -> protocol.go   how a call is written
//	                -> shape.go      where the parts are, if that is all there is to say
//	                -> openai.go, openai_parts.go, responses.go, anthropic.go, gemini.go, interactions.go,
//	                   converse.go, cohere.go, ollama.go
//	request, answer -> excerpt.go    a JSON text without its long strings
//	stream          -> splitter.go   server-sent events and lines
//	                -> frames.go     Amazon's messages
//	content         -> answer.go, cited.go, finish.go, media.go, parameters.go, tools.go, usage.go
//
// The following are exported for framework integrations that record the same data:
// [FinishReason], [ToolData], [ToolValue], [WithoutFiles], [Reference], [Blob],
// [Parameters], [Usage.CacheApart], [Mark].
package genai
