// Package mutopenai makes clients of github.com/openai/openai-go/v3 whose calls are
// traced: chat completions, responses, completions, embeddings and moderations,
// streams included.
//
//	client := mutopenai.NewClient() // in place of openai.NewClient()
//
// A traced client does what any other does. What a span contains, and what can be
// said of a call by its context, is told in package mutllm, which this one is a
// shorthand for: option.WithMiddleware(mutllm.Middleware).
package mutopenai

import (
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/mutagent-io/mutagent-go/mutllm"
)

// NewClient is [openai.NewClient] for a client whose calls are traced.
//
// Tracing comes before all middlewares in opts. So it sees a request as the caller
// made it, whatever they do with it, such as those of Azure.
func NewClient(opts ...option.RequestOption) openai.Client {
	traced := option.WithMiddleware(mutllm.Middleware)
	return openai.NewClient(append([]option.RequestOption{traced}, opts...)...)
}

// Wrap returns a traced client with the options of client, which stays as it is.
func Wrap(client openai.Client) openai.Client {
	return NewClient(client.Options...)
}
