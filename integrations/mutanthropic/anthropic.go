// Package mutanthropic creates clients of github.com/anthropics/anthropic-sdk-go/v2
// whose messages are traced, including streams and the beta service.
//
//	client := mutanthropic.NewClient() // in place of anthropic.NewClient()
//
// A traced client behaves like any other client. The package is a shorthand for
// option.WithMiddleware(mutllm.Middleware); see package mutllm for the contents of a
// span and the settings that a context can carry.
package mutanthropic

import (
	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"

	"github.com/mutagent-io/mutagent-go/mutllm"
)

// NewClient is like [anthropic.NewClient], and returns a client whose calls are traced.
//
// The tracing middleware runs before all middlewares in opts. It therefore sees a
// message as the caller made it, before they change it, as those of Bedrock and Vertex
// do.
func NewClient(opts ...option.RequestOption) anthropic.Client {
	traced := option.WithMiddleware(mutllm.Middleware)
	return anthropic.NewClient(append([]option.RequestOption{traced}, opts...)...)
}

// Wrap returns a traced client with the options of client. It does not change client.
func Wrap(client anthropic.Client) anthropic.Client {
	return NewClient(client.Options...)
}
