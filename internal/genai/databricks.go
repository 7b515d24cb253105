package genai

// Databricks. A path names an endpoint instead of a model. Endpoints that are not
// language models take other bodies, and its hosts have many other services.
// https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference
var _ = provide(provider{
	name:     "databricks",
	anywhere: []path{{"/serving-endpoints/{model}/invocations", either(openaiChat, openaiCompletion, openaiEmbeddings)}},
})
