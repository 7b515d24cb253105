package genai

import (
	"log/slog"

	"github.com/valyala/fastjson"
)

// Protocols of OpenAI and compatible servers that are not conversations. Requests with
// files are forms, which are not read.
var (
	openaiEmbeddings = &protocol{
		operation: "embeddings", kind: kindEmbedding, noNumbers: true,
		request: embeddingsRequest, answer: usageAnswer,
	}
	openaiModeration = &protocol{
		operation: "moderation", kind: kindGuardrail,
		request: inputRequest, answer: moderationAnswer,
	}
	openaiImages = &protocol{
		operation: "image_generation", kind: kindCustom, form: true,
		request: promptRequest, answer: imagesAnswer, event: imageEvent,
	}
	openaiSpeech = &protocol{
		operation: "text_to_speech", kind: kindCustom,
		request: inputRequest, answer: usageAnswer,
	}
	openaiTranscription = &protocol{
		operation: "transcription", kind: kindCustom, form: true, text: true,
		request: promptRequest, answer: transcriptionAnswer, event: transcriptionEvent,
	}
)

func embeddingsRequest(c *Call, v *fastjson.Value) bool {
	c.params(v, []param{{"dimensions", "gen_ai.embeddings.dimension.count"}, {"output_dimension", "gen_ai.embeddings.dimension.count"}})
	c.list(v.Get("encoding_format"), "gen_ai.request.encoding_formats")
	return inputRequest(c, v)
}

func inputRequest(c *Call, v *fastjson.Value) bool {
	if v.Get("input") == nil {
		return false
	}
	c.prompt(v.Get("input"))
	return true
}

func promptRequest(c *Call, v *fastjson.Value) bool {
	if v.Get("prompt") == nil {
		return false
	}
	c.Stream = v.GetBool("stream")
	c.params(v, []param{{"n", "gen_ai.request.choice.count"}})
	c.prompt(v.Get("prompt"))
	return true
}

func usageAnswer(c *Call, v *fastjson.Value) {
	c.identify(v)
	c.openaiUsage(v.Get("usage"))
}

func moderationAnswer(c *Call, v *fastjson.Value) {
	c.identify(v)
	c.answer.raw.Raw = raw(v.Get("results"))
	flagged := false
	for _, r := range v.GetArray("results") {
		flagged = flagged || r.GetBool("flagged")
	}
	c.attr(slog.Bool("guardrail.flagged", flagged))
}

func imagesAnswer(c *Call, v *fastjson.Value) {
	usageAnswer(c, v)
	for _, image := range v.GetArray("data") {
		c.image(image, text(v, "output_format"))
	}
}

func (c *Call) image(v *fastjson.Value, format string) {
	ch := c.choice(0)
	c.say(ch, "text", v.GetStringBytes("revised_prompt"))
	if url := text(v, "url"); url != "" {
		c.add(ch, -1, Reference(url, ""))
	}
	if data := text(v, "b64_json"); data != "" {
		mime := ""
		if format != "" {
			mime = "image/" + format
		}
		c.add(ch, -1, Blob(data, mime))
	}
}

// imageEvent reads the last event of a stream of successively better images.
func imageEvent(c *Call, _ string, v *fastjson.Value) {
	switch string(v.GetStringBytes("type")) {
	case "image_generation.completed", "image_edit.completed":
		c.image(v, text(v, "output_format"))
		c.openaiUsage(v.Get("usage"))
		c.answer.done = true
	default:
		c.answer.spoke = true
	}
}

func transcriptionAnswer(c *Call, v *fastjson.Value) {
	usageAnswer(c, v)
	c.answer.raw.Text = text(v, "text")
}

func transcriptionEvent(c *Call, _ string, v *fastjson.Value) {
	switch string(v.GetStringBytes("type")) {
	case "transcript.text.delta":
		c.say(c.choice(0), "text", v.GetStringBytes("delta"))
	case "transcript.text.segment": // has the speaker, but its text is repeated at the end
		c.answer.spoke = true
	case "transcript.text.done":
		if whole := v.GetStringBytes("text"); len(whole) > 0 {
			c.answer.choices, c.answer.raw.Text = nil, string(whole)
		}
		c.openaiUsage(v.Get("usage"))
		c.answer.done = true
	}
}
