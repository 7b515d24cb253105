package genai

// Voyage AI, which has embeddings like OpenAI's.
// https://docs.voyageai.com/reference/reranker-api
var _ = provide(provider{
	name:  "voyage_ai",
	hosts: []string{"api.voyageai.com", "ai.mongodb.com"},
	paths: []path{{"/multimodalembeddings", voyageInputs}, {"/contextualizedembeddings", voyageInputs}, {"/rerank", shape{
		needs:   "documents",
		inputs:  []string{"query", "documents"},
		params:  []param{{"top_k", "gen_ai.request.top_k"}},
		model:   "model",
		results: "data",
		usage:   usagePlaces{input: "usage.total_tokens"},
	}.protocol("rerank", kindRerank)}},
})

// voyageInputs are embeddings of more than texts.
var voyageInputs = shape{
	needs: "inputs", input: "inputs[]", model: "model", usage: usagePlaces{input: "usage.total_tokens"},
	params: []param{{"output_dimension", "gen_ai.embeddings.dimension.count"}},
}.protocol("embeddings", kindEmbedding)
