// Package llmtest is a server that speaks the protocols of LLM providers, for tests of
// integrations and for examples that run offline:
//
//	server := llmtest.Serve(
//		llmtest.Play("openai/error-429"),
//		llmtest.Play("openai/chat-stream").HoldAfter(1, heard),
//	)
//	defer server.Close()
//
// Each request is answered by the next step of the script. A step plays a file of
// testdata, which is an HTTP response as sent on the wire, preceded by the request that
// it answers. The files are written from the providers' documentation and from the
// clients that read them: ids, headers, chunking, cache fields, usage, errors.
package llmtest
