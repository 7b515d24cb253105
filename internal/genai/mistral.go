package genai

// Mistral, which is compatible with OpenAI but for reading documents and for its
// agents.
// https://docs.mistral.ai/api
var _ = provide(provider{
	name:  "mistral_ai",
	hosts: []string{"api.mistral.ai", "codestral.mistral.ai"},
	paths: []path{
		{"/ocr", shape{
			needs: "document",
			files: "document.document_url|document.image_url.url|document.image_url",
			model: "model",
			pages: "pages[].markdown",
		}.protocol("ocr", kindCustom)},
		{"/fim/completions", openaiCompletion},
		{"/agents/completions", openaiChat},
	},
})
