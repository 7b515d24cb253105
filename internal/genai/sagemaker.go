package genai

// Amazon SageMaker, whose endpoints run models of all sorts. Most take what Hugging
// Face's do, or OpenAI's chat.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
var _ = provide(provider{
	name:  "aws.sagemaker",
	hosts: []string{"runtime.sagemaker*.amazonaws.com"},
	paths: []path{
		{"/endpoints/{model}/invocations", sagemakerInvoke},
		{"/endpoints/{model}/invocations-response-stream", sagemakerInvoke},
	},
})

var sagemakerInvoke = either(openaiChat, huggingface, anyModel)
