package genai

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRecognise(t *testing.T) {
	for address, want := range map[string]string{
		"https://api.openai.com/v1/chat/completions":                                                    "openai chat",
		"https://eu.api.openai.com/v1/responses":                                                        "openai chat",
		"https://shop.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=1":        "azure.ai.openai chat gpt-4o",
		"https://shop.openai.azure.com/openai/v1/responses":                                             "azure.ai.openai chat",
		"https://shop.services.ai.azure.com/models/chat/completions":                                    "azure.ai.inference chat",
		"https://openrouter.ai/api/v1/chat/completions":                                                 "openrouter chat",
		"https://api.groq.com/openai/v1/embeddings":                                                     "groq embeddings",
		"https://api.mistral.ai/v1/chat/completions":                                                    "mistral_ai chat",
		"http://vllm:8000/v1/completions":                                                               "openai text_completion",
		"http://localhost:11434/v1/chat/completions":                                                    "ollama chat",
		"http://gpu-3/api/generate":                                                                     "ollama text_completion",
		"https://api.anthropic.com/v1/messages?beta=true":                                               "anthropic chat",
		"https://bedrock-runtime.eu-central-1.amazonaws.com/model/anthropic.claude-v2:1/invoke":         "aws.bedrock chat anthropic.claude-v2:1",
		"https://aiplatform.googleapis.com/v1/projects/p/publishers/anthropic/models/c@1:rawPredict":    "gcp.vertex_ai chat c@1",
		"https://europe-west1-aiplatform.googleapis.com/v1/models/gemini-2.0-flash:generateContent":     "gcp.vertex_ai generate_content gemini-2.0-flash",
		"https://generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:embedContent?key=key": "gcp.gemini embeddings gemini-2.0-flash",
		"https://generativelanguage.googleapis.com/v1beta/openai/chat/completions":                      "gcp.gemini chat",
		"https://notopenrouter.ai/v1/moderations":                                                       "openai moderation",

		"https://api.anthropic.com/v1/messages/count_tokens":                                    "anthropic POST /v1/messages/count_tokens",
		"https://api.openai.com/v1/models":                                                      "openai POST /v1/models",
		"https://api.openai.com/v1/responses/resp_1/cancel":                                     "openai POST /v1/responses/resp_1/cancel",
		"https://generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:countTokens":  "gcp.gemini POST /v1beta/models/gemini-2.0-flash:countTokens",
		"https://bedrock-runtime.eu-central-1.amazonaws.com/model/anthropic.claude-v2/converse": "aws.bedrock chat anthropic.claude-v2",
		"https://bedrock-mantle.us-east-1.api.aws/openai/v1/responses":                          "aws.bedrock chat",
		"https://api.cohere.com/v2/rerank":                                                      "cohere rerank",
		"https://api.voyageai.com/v1/rerank":                                                    "voyage_ai rerank",
		"https://api.voyageai.com/v1/embeddings":                                                "voyage_ai embeddings",
		"http://jina:8080/v1/rerank":                                                            "cohere rerank",
		"https://ollama.com/api/embeddings":                                                     "ollama embeddings",
		"https://api.together.ai/v1/chat/completions":                                           "together_ai chat",
		"https://api.replicate.com/v1/models/meta/llama/predictions":                            "replicate predict meta/llama",
		"https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/e/invocations":             "aws.sagemaker chat e",
		"https://bucket.s3.amazonaws.com/anything":                                              "",
		"https://api.openai.com/v1/engines/davinci/completions":                                 "openai text_completion davinci",
		"https://api.deepgram.com/v1/speak?model=aura":                                          "deepgram text_to_speech aura",
		"http://kserve/v1/models/m:predict":                                                     "",
		"https://shop.test/":                                                                    "",
		"https://shop.test":                                                                     "",
		"https://shop.test/a:b":                                                                 "",
	} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		got := ""
		if c := Recognise(u); c != nil {
			got = c.Provider + " " + c.Name()
		}
		assert.Equal(t, want, got, address)
	}
}

func TestMedia(t *testing.T) {
	assert.Equal(t, Part{Type: "uri", URI: "https://a.test/b.png", MIMEType: "image/png"}, Reference("https://a.test/b.png", "image/png"))
	assert.Equal(t, Part{Type: "blob", MIMEType: "image/png", Size: 5}, Reference("data:image/png;base64,aGVsbG8=", ""))
	assert.Equal(t, Part{Type: "blob", MIMEType: "text/plain"}, Reference("data:,", "text/plain"))
	assert.Equal(t, Part{Type: "blob", Size: 3}, Blob("QUJD", ""))
	assert.Equal(t, Part{Type: "blob", Size: 75}, Blob("QUJD… [100 bytes]", ""))
	assert.Equal(t, Part{Type: "blob"}, Blob("", ""))
}
