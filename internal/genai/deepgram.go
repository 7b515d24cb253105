package genai

// Deepgram. The model is in the query of the URL.
// https://developers.deepgram.com/reference
var _ = provide(provider{
	name:  "deepgram",
	hosts: []string{"api.deepgram.com"},
	paths: []path{
		{"/v1/speak", shape{needs: "text", input: "text"}.protocol("text_to_speech", kindCustom)},
		{"/v1/listen", deepgramListen},
	},
})

var deepgramListen = func() *protocol {
	p := shape{
		files:  "url",
		id:     "metadata.request_id",
		output: "results.channels[].alternatives[].transcript",
	}.protocol("transcription", kindCustom)
	p.form = true
	return p
}()
