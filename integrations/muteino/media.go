package muteino

import (
	"github.com/cloudwego/eino/schema"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// media returns the parts of a message with several parts.
func media(m *schema.Message) (parts []mutagent.Part) {
	for _, p := range m.UserInputMultiContent {
		switch {
		case p.Image != nil:
			parts = append(parts, medium(p.Image.MessagePartCommon))
		case p.Audio != nil:
			parts = append(parts, medium(p.Audio.MessagePartCommon))
		case p.Video != nil:
			parts = append(parts, medium(p.Video.MessagePartCommon))
		case p.File != nil:
			parts = append(parts, medium(p.File.MessagePartCommon))
		default:
			parts = append(parts, mutagent.Part{Type: "text", Content: p.Text})
		}
	}
	for _, p := range m.AssistantGenMultiContent {
		switch {
		case p.Image != nil:
			parts = append(parts, medium(p.Image.MessagePartCommon))
		case p.Audio != nil:
			parts = append(parts, medium(p.Audio.MessagePartCommon))
		case p.Video != nil:
			parts = append(parts, medium(p.Video.MessagePartCommon))
		case p.Reasoning != nil:
			parts = append(parts, mutagent.Part{Type: "reasoning", Content: p.Reasoning.Text})
		default:
			parts = append(parts, mutagent.Part{Type: "text", Content: p.Text})
		}
	}
	return parts
}

// medium returns a reference to media. Inline data is described by type and size only.
func medium(common schema.MessagePartCommon) mutagent.Part {
	switch {
	case common.URL != nil:
		return mutagent.Part(genai.Reference(*common.URL, common.MIMEType))
	case common.Base64Data != nil:
		return mutagent.Part(genai.Blob(*common.Base64Data, common.MIMEType))
	}
	return mutagent.Part{Type: "blob", MIMEType: common.MIMEType}
}
