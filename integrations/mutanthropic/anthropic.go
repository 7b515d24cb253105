// Package mutanthropic makes clients of github.com/anthropics/anthropic-sdk-go/v2
// whose messages are traced, streams and the beta service included.
//
//	client := mutanthropic.NewClient() // in place of anthropic.NewClient()
//
// A traced client does what any other does. What a span contains, and what can be
// said of a call by its context, is told in package mutllm, which this one is a
// shorthand for: option.WithMiddleware(mutllm.Middleware).
package mutanthropic

import (
	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"

	"github.com/mutagent-io/mutagent-go/mutllm"
)

// NewClient is [anthropic.NewClient] for a client whose calls are traced.
//
// Tracing comes before all middlewares in opts. So it sees a message as the caller
// made it, whatever they do with it, such as those of Bedrock and Vertex.
func NewClient(opts ...option.RequestOption) anthropic.Client {
	traced := option.WithMiddleware(mutllm.Middleware)
	return anthropic.NewClient(append([]option.RequestOption{traced}, opts...)...)
}

// Wrap returns a traced client with the options of client, which stays as it is.
func Wrap(client anthropic.Client) anthropic.Client {
	return NewClient(client.Options...)
}
