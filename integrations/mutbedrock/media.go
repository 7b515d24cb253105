package mutbedrock

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/mutagent-io/mutagent-go"
)

// mediaOf returns type and size of a block of media, or where it is.
func mediaOf(block types.ContentBlock) (mutagent.Part, bool) {
	switch b := block.(type) {
	case *types.ContentBlockMemberImage:
		return imagePart(b.Value), true
	case *types.ContentBlockMemberVideo:
		return mediaPart("video/"+string(b.Value.Format), b.Value.Source), true
	case *types.ContentBlockMemberAudio:
		return mediaPart("audio/"+string(b.Value.Format), b.Value.Source), true
	case *types.ContentBlockMemberDocument:
		part := mediaPart("", b.Value.Source)
		part.Name = aws.ToString(b.Value.Name)
		return part, true
	}
	return mutagent.Part{}, false
}

func imagePart(b types.ImageBlock) mutagent.Part {
	return mediaPart("image/"+string(b.Format), b.Source)
}

// mediaPart describes one of the sources, which have a type for each medium.
func mediaPart(mime string, source any) mutagent.Part {
	part := mutagent.Part{Type: "blob", MIMEType: mime}
	var stored types.S3Location
	switch s := source.(type) {
	case *types.ImageSourceMemberBytes:
		part.Size = int64(len(s.Value))
	case *types.VideoSourceMemberBytes:
		part.Size = int64(len(s.Value))
	case *types.AudioSourceMemberBytes:
		part.Size = int64(len(s.Value))
	case *types.DocumentSourceMemberBytes:
		part.Size = int64(len(s.Value))
	case *types.DocumentSourceMemberText:
		part.Type, part.Content = "text", s.Value
	case *types.ImageSourceMemberS3Location:
		stored = s.Value
	case *types.VideoSourceMemberS3Location:
		stored = s.Value
	case *types.AudioSourceMemberS3Location:
		stored = s.Value
	case *types.DocumentSourceMemberS3Location:
		stored = s.Value
	}
	if stored.Uri != nil {
		part.Type, part.URI = "uri", *stored.Uri
	}
	return part
}
