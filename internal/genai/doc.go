// Package genai reads what programs and model providers say to each other over
// HTTP. It recognises a call by its path and body, and takes from request and
// answer what OpenTelemetry's GenAI conventions have names for.
//
// It only reads: bytes come in as they pass by, in pieces of any size, and are
// never kept for longer than the call that brings them. What is kept is bounded,
// whatever the other side sends.
//
//	path            -> protocol.go   which protocol, which operation
//	host            -> provider.go   whose service
//	request, answer -> excerpt.go    a JSON text without its long strings
//	stream          -> splitter.go   server-sent events and lines
//	                -> openai.go, responses.go, anthropic.go, gemini.go, ollama.go
//	what was said   -> answer.go, usage.go
package genai
