package sdktest

import (
	anthropic1 "github.com/anthropics/anthropic-sdk-go/option"
	anthropic2 "github.com/anthropics/anthropic-sdk-go/v2/option"
	openai1 "github.com/openai/openai-go/option"
	openai2 "github.com/openai/openai-go/v2/option"
	openai3 "github.com/openai/openai-go/v3/option"

	"github.com/mutagent-io/mutagent-go/mutllm"
)

// One function is assignable to the middleware types of all of them.
var (
	_ = openai1.WithMiddleware(mutllm.Middleware)
	_ = openai2.WithMiddleware(mutllm.Middleware)
	_ = openai3.WithMiddleware(mutllm.Middleware)
	_ = anthropic1.WithMiddleware(mutllm.Middleware)
	_ = anthropic2.WithMiddleware(mutllm.Middleware)
)
