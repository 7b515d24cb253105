package genai

// xAI. It is compatible with OpenAI, except for audio.
// https://docs.x.ai/docs/api-reference
var _ = provide(provider{
	name:  "x_ai",
	hosts: []string{"api.x.ai"},
	paths: []path{
		{"/tts", shape{needs: "text|input", input: "text|input"}.protocol("text_to_speech", kindCustom)},
		{"/stt", openaiTranscription},
		{"/videos/generations", shape{needs: "prompt", input: "prompt", files: "image.url", id: "request_id"}.protocol("video_generation", kindCustom)},
	},
})
