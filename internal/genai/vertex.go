package genai

// Vertex AI. Google offers its own models and those of others there.
var _ = provide(provider{
	name:  "gcp.vertex_ai",
	hosts: []string{"aiplatform.googleapis.com", "aiplatform.*.rep.googleapis.com"},
	paths: []path{
		{"/{model}:predict", googlePredict},
		{"/{model}:predictLongRunning", googlePredict},
	},
	anywhere: []path{
		{"/{model}:rawPredict", either(anthropicMessages, openaiChat)},
		{"/{model}:streamRawPredict", either(anthropicMessages, openaiChat)},
	},
})

// Predictions are the protocol of other models: embeddings, images and videos.
// https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api
var googlePredict = either(
	shape{
		needs: "instances[].content", input: "instances[].content",
		params: []param{{"parameters.outputDimensionality", "gen_ai.embeddings.dimension.count"}},
		usage:  usagePlaces{input: "predictions[].embeddings.statistics.token_count"},
	}.protocol("embeddings", kindEmbedding),
	shape{
		needs: "instances[].prompt", input: "instances[].prompt",
		params: []param{{"parameters.sampleCount", "gen_ai.request.choice.count"}},
		id:     "name",
		made:   "predictions[].bytesBase64Encoded",
	}.protocol("image_generation", kindCustom),
)
