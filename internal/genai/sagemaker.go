package genai

// Amazon SageMaker. Its endpoints run models of all types. Most use the protocol of
// Hugging Face, or OpenAI's chat.
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
