package genai

import "github.com/valyala/fastjson"

func chatParts(v *fastjson.Value) []Part {
	switch {
	case v == nil:
		return nil
	case v.Type() == fastjson.TypeString:
		return textParts(text(v))
	case v.Type() == fastjson.TypeObject: // requested JSON, from Cloudflare
		return textParts(string(sorted(v)))
	}
	var parts []Part
	for _, p := range v.GetArray() {
		parts = appendOpenai(parts, p)
	}
	return parts
}

// appendOpenai reads a part of a message's content. It knows the names of chat
// completions, of responses, and those that other providers have added. Mistral's
// reasoning is a list within a part.
func appendOpenai(parts []Part, v *fastjson.Value) []Part {
	if v.Type() == fastjson.TypeString {
		return append(parts, Part{Type: "text", Content: text(v)})
	}
	if string(v.GetStringBytes("type")) != "thinking" {
		return append(parts, openaiPart(v))
	}
	thinking := v.Get("thinking")
	if thinking != nil && thinking.Type() == fastjson.TypeString {
		return append(parts, Part{Type: "reasoning", Content: text(thinking)})
	}
	for _, p := range thinking.GetArray() {
		parts = append(parts, Part{Type: "reasoning", Content: text(p, "text")})
	}
	return parts
}

func openaiPart(v *fastjson.Value) Part {
	switch typ := text(v, "type"); typ {
	case "text", "input_text", "output_text", "summary_text", "reasoning_text":
		return Part{Type: "text", Content: text(v, "text")}
	case "refusal":
		return Part{Type: "refusal", Content: text(v, "refusal")}
	case "image_url", "document_url", "video_url", "file_url", "audio_url", "input_image", "input_video":
		return openaiMedium(v)
	case "input_audio":
		return Blob(text(first(v.Get("input_audio", "data"), v.Get("input_audio"))), audioType(v))
	case "file", "input_file":
		return openaiFile(first(v.Get("file"), v))
	case "": // invalid; the provider may refuse it
		return Part{Type: "text", Content: text(first(v.Get("text"), v.Get("content")))}
	default:
		return Part{Type: typ, Content: text(v, "text")}
	}
}

// openaiMedium reads a part with a URL under a key that is mostly its type. The value
// is an object or the text itself. Some programs put base64 there.
func openaiMedium(v *fastjson.Value) Part {
	if id := text(v, "file_id"); id != "" {
		return file(id)
	}
	typ := text(v, "type")
	at := first(v.Get(typ), v.Get("image_url"), v.Get("video_url"), v.Get("url"))
	p := fileOrReference(text(first(at.Get("url"), at)), "")
	p.Name = text(first(v.Get("document_name"), v.Get("file_name")))
	return p
}

func audioType(v *fastjson.Value) string {
	if format := text(v, "input_audio", "format"); format != "" {
		return "audio/" + format
	}
	return ""
}

func openaiFile(v *fastjson.Value) Part {
	var p Part
	switch url, data := text(v, "file_url"), text(v, "file_data"); {
	case url != "":
		p = Reference(url, "")
	case data != "":
		p = fileOrReference(data, "")
	default:
		p = file(text(first(v.Get("file_id"), v.Get("id"))))
	}
	p.Name = text(v, "filename")
	return p
}
