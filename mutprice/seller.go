package mutprice

import (
	"strings"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// Sellers are the providers of the table by the hosts on which they sell. Who else
// speaks their protocols has prices of its own.
var sellers = map[string]string{
	"api.openai.com":                    "openai",
	"api.anthropic.com":                 "anthropic",
	"generativelanguage.googleapis.com": "google",
	"aiplatform.googleapis.com":         "google",
	"openrouter.ai":                     "openrouter",
	"api.mistral.ai":                    "mistral",
	"api.cohere.com":                    "cohere",
	"api.cohere.ai":                     "cohere",
	"api.groq.com":                      "groq",
	"api.x.ai":                          "x-ai",
	"api.deepseek.com":                  "deepseek",
	"api.z.ai":                          "zai",
	"api.perplexity.ai":                 "perplexity",
	"api.cerebras.ai":                   "cerebras",
	"api.together.xyz":                  "together",
	"api.together.ai":                   "together",
	"api.fireworks.ai":                  "fireworks",
	"api.moonshot.ai":                   "moonshotai",
	"api.moonshot.cn":                   "moonshotai",
	"api.voyageai.com":                  "voyageai",
	"api.avian.io":                      "avian",
}

// vercel sells the models of others, whose names are before those of the models.
const vercel = "ai-gateway.vercel.sh"

// vendors are the names that Vercel has for them, where the table has others.
var vendors = map[string]string{"xai": "x-ai", "amazon": "aws", "bedrock": "aws", "vertex": "google", "voyage": "voyageai"}

// sellerOf returns the seller of the response, or "" if it is unknown.
func sellerOf(c *price.Call) string {
	if c.Seller != "" {
		return c.Seller
	}
	host, _, _ := strings.Cut(strings.ToLower(c.Host), ":")
	if seller := sellers[host]; seller != "" {
		return seller
	}
	switch {
	case host == vercel:
		vendor, _, _ := strings.Cut(vendored(c), "/")
		if seller := vendors[vendor]; seller != "" {
			return seller
		}
		return vendor
	case strings.HasSuffix(host, "-aiplatform.googleapis.com"):
		return "google"
	case strings.HasPrefix(host, "bedrock-runtime") || strings.HasPrefix(host, "bedrock-mantle."):
		if strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".api.aws") {
			return "aws"
		}
	case strings.HasSuffix(host, ".openai.azure.com"), strings.HasSuffix(host, ".cognitiveservices.azure.com"), strings.HasSuffix(host, ".services.ai.azure.com"):
		return "azure"
	case host == "router.huggingface.co": // has a path for each who it sells for
		if of, _, _ := strings.Cut(strings.TrimPrefix(c.Path, "/"), "/"); of != "v1" {
			return "huggingface_" + of
		}
	case strings.HasSuffix(host, ".azuredatabricks.net"), strings.HasSuffix(host, ".cloud.databricks.com"), strings.HasSuffix(host, ".gcp.databricks.com"):
		return "databricks"
	case host == "api.cloudflare.com" && strings.Contains(c.Path, "/ai/"):
		return "cloudflare"
	}
	return ""
}

// vendored returns the name of a model with its vendor's before it.
func vendored(c *price.Call) string {
	if strings.Contains(c.Model, "/") || c.Asked == "" {
		return c.Model
	}
	return c.Asked
}
