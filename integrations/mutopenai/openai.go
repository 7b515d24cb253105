// Package mutopenai creates clients of github.com/openai/openai-go/v3 whose calls are
// traced: chat completions, responses, completions, embeddings and moderations,
// including streams.
//
//	client := mutopenai.NewClient() // in place of openai.NewClient()
//
// A traced client behaves like any other client. The package is a shorthand for
// option.WithMiddleware(mutllm.Middleware); see package mutllm for the contents of a
// span and the settings that a context can carry.
package mutopenai

import (
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/mutagent-io/mutagent-go/mutllm"
)

// NewClient is like [openai.NewClient], and returns a client whose calls are traced.
//
// The tracing middleware runs before all middlewares in opts. It therefore sees a
// request as the caller made it, before they change it, as those of Azure do.
func NewClient(opts ...option.RequestOption) openai.Client {
	traced := option.WithMiddleware(mutllm.Middleware)
	return openai.NewClient(append([]option.RequestOption{traced}, opts...)...)
}

// Wrap returns a traced client with the options of client. It does not change client.
func Wrap(client openai.Client) openai.Client {
	return NewClient(client.Options...)
}
