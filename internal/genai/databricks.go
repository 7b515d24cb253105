package genai

// Databricks serves models by the names of endpoints. Those that are no language
// models take other bodies, and its hosts have much besides.
// https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference
var _ = provide(provider{
	name:     "databricks",
	anywhere: []path{{"/serving-endpoints/{model}/invocations", either(openaiChat, openaiCompletion, openaiEmbeddings)}},
})
