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

		"https://shop.openai.azure.com/openai/deployments/emb/embeddings?api-version=1":                                         "azure.ai.openai embeddings emb",
		"https://shop.openai.azure.com/openai/deployments/w/audio/transcriptions?api-version=1":                                 "azure.ai.openai transcription w",
		"https://shop.cognitiveservices.azure.com/openai/deployments/gpt-4o/chat/completions":                                   "azure.ai.openai chat gpt-4o",
		"https://shop.openai.azure.us/openai/v1/chat/completions":                                                               "azure.ai.openai chat",
		"https://shop.services.ai.azure.com/anthropic/v1/messages":                                                              "azure.ai.inference chat",
		"https://shop.services.ai.azure.com/api/projects/p/openai/responses":                                                    "azure.ai.inference chat",
		"https://phi.eastus2.models.ai.azure.com/v1/chat/completions":                                                           "azure.ai.inference chat",
		"https://models.inference.ai.azure.com/chat/completions":                                                                "azure.ai.inference chat",
		"https://models.github.ai/inference/chat/completions":                                                                   "openai chat",
		"https://apim.azure-api.net/openai/deployments/gpt-4o/chat/completions":                                                 "openai chat gpt-4o",
		"https://api.groq.com/openai/v1/audio/transcriptions":                                                                   "groq transcription",
		"https://api.groq.com/openai/v1/responses":                                                                              "groq chat",
		"https://api.together.xyz/v1/images/generations":                                                                        "together_ai image_generation",
		"https://api.fireworks.ai/inference/v1/completions":                                                                     "fireworks_ai text_completion",
		"https://api.deepseek.com/beta/completions":                                                                             "deepseek text_completion",
		"https://api.deepseek.com/anthropic/v1/messages":                                                                        "deepseek chat",
		"https://api.cerebras.ai/v1/chat/completions":                                                                           "cerebras chat",
		"https://api.x.ai/v1/responses":                                                                                         "x_ai chat",
		"https://api.moonshot.ai/v1/chat/completions":                                                                           "moonshot_ai chat",
		"https://codestral.mistral.ai/v1/fim/completions":                                                                       "mistral_ai text_completion",
		"https://integrate.api.nvidia.com/v1/chat/completions":                                                                  "openai chat",
		"https://dbc-1.cloud.databricks.com/serving-endpoints/claude/invocations":                                               "databricks chat claude",
		"https://adb-1.2.azuredatabricks.net/serving-endpoints/chat/completions":                                                "openai chat",
		"https://dbc-1.cloud.databricks.com/api/2.0/sql/statements":                                                             "",
		"https://gateway.ai.cloudflare.com/v1/a/g/openai/chat/completions":                                                      "openai chat",
		"https://gateway.ai.cloudflare.com/v1/a/g/compat/chat/completions":                                                      "openai chat",
		"https://gateway.ai.cloudflare.com/v1/a/g/anthropic/v1/messages":                                                        "anthropic chat",
		"https://gateway.ai.cloudflare.com/v1/a/g/google-ai-studio/v1/models/gemini:generateContent":                            "gcp.gemini generate_content gemini",
		"https://gateway.ai.cloudflare.com/v1/a/g/azure-openai/r/gpt/chat/completions":                                          "openai chat",
		"https://gateway.ai.cloudflare.com/v1/a/g/aws-bedrock/bedrock-runtime/us-east-1/model/m/invoke":                         "aws.bedrock chat m",
		"https://gateway.ai.cloudflare.com/v1/a/g/workers-ai/v1/chat/completions":                                               "openai chat",
		"https://api.cloudflare.com/client/v4/accounts/a/ai/run/@cf/meta/llama-3.1-8b-instruct":                                 "cloudflare chat @cf/meta/llama-3.1-8b-instruct",
		"https://api.cloudflare.com/client/v4/accounts/a/ai/v1/chat/completions":                                                "openai chat",
		"https://api.cloudflare.com/client/v4/zones":                                                                            "",
		"http://litellm:4000/chat/completions":                                                                                  "openai chat",
		"http://litellm:4000/v1/responses":                                                                                      "openai chat",
		"http://litellm:4000/anthropic/v1/messages":                                                                             "anthropic chat",
		"http://litellm:4000/bedrock/model/m/converse":                                                                          "aws.bedrock chat m",
		"http://litellm:4000/vertex_ai/v1/projects/p/locations/l/publishers/google/models/g:generateContent":                    "gcp.gemini generate_content g",
		"http://localhost:1234/v1/chat/completions":                                                                             "openai chat",
		"http://localhost:1234/api/v0/chat/completions":                                                                         "openai chat",
		"http://vllm:8000/v1/embeddings":                                                                                        "openai embeddings",
		"http://tgi:8080/generate_stream":                                                                                       "hugging_face text_completion",
		"https://abc.us-east-1.aws.endpoints.huggingface.cloud/":                                                                "hugging_face text_completion",
		"https://abc.us-east-1.aws.endpoints.huggingface.cloud/v1/chat/completions":                                             "hugging_face chat",
		"https://router.huggingface.co/hf-inference/models/gpt2":                                                                "hugging_face text_completion gpt2",
		"https://router.huggingface.co/v1/chat/completions":                                                                     "openai chat",
		"https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/c@1:streamRawPredict": "gcp.vertex_ai chat c@1",
		"https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/mistralai/models/m:rawPredict":      "gcp.vertex_ai chat m",
		"https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/openapi/chat/completions":            "gcp.vertex_ai chat",
		"https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu/publishers/google/models/g:generateContent":        "gcp.vertex_ai generate_content g",
		"https://bedrock-runtime-fips.us-east-1.amazonaws.com/model/m/converse-stream":                                          "aws.bedrock chat m",
		"https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1/chat/completions":                                            "aws.bedrock chat",
		"https://us-south.ml.cloud.ibm.com/ml/v1/deployments/d/text/chat":                                                       "ibm.watsonx.ai chat",
		"https://us-south.ml.cloud.ibm.com/ml/v1-beta/generation/text":                                                          "ibm.watsonx.ai text_completion",
		"https://api.aleph-alpha.com/complete":                                                                                  "aleph_alpha text_completion",
		"https://api.voyageai.com/v1/multimodalembeddings":                                                                      "voyage_ai embeddings",
		"https://ark.cn-beijing.volces.com/api/v3/chat/completions":                                                             "openai chat",
		"https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions":                                                    "openai chat",
		"https://account.snowflakecomputing.com/api/v2/cortex/v1/chat/completions":                                              "openai chat",

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
