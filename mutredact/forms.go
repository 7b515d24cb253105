package mutredact

import "strings"

// A form describes keys of one issuer: a prefix, and at least min bytes of chars after
// it. Issuers change the length of keys, and a size limit may have cut one off. So min
// is lower than the published length where the prefix is unambiguous. The key is hidden
// to its end.
type form struct {
	prefix string
	label  string
	chars  *set
	min    int
	rules  rules
}

type rules uint8

const (
	exact     rules = 1 << iota // the length is exactly min
	withDigit                   // at least one digit; letters alone are a name
)

var forms = []form{
	// Models.
	{"sk-ant-", "anthropic key", dashed, 16, withDigit},
	{"sk-or-", "openrouter key", dashed, 20, withDigit},
	{"sk-lf-", "langfuse key", dashed, 20, withDigit},
	{"sk-proj-", "openai key", dashed, 20, withDigit},
	{"sk-svcacct-", "openai key", dashed, 20, withDigit},
	{"sk-admin-", "openai key", dashed, 20, withDigit},
	{"sk-None-", "openai key", dashed, 20, withDigit},
	{"sk-", "api key", alnum, 20, 0}, // OpenAI's first form, and those of DeepSeek and others
	{"gsk_", "groq key", alnum, 32, 0},
	{"hf_", "hugging face token", alnum, 34, exact},
	{"api_org_", "hugging face token", alnum, 34, exact},
	{"xai-", "xai key", alnum, 32, 0},
	{"r8_", "replicate token", alnum, 30, 0},
	{"pplx-", "perplexity key", alnum, 32, 0},
	{"nvapi-", "nvidia key", dashed, 32, withDigit},
	{"tgp_v1_", "together key", dashed, 32, withDigit},
	{"fw_", "fireworks key", alnum, 20, withDigit},
	{"csk-", "cerebras key", alnum, 32, 0},
	{"pcsk_", "pinecone key", dashed, 32, withDigit},
	{"tvly-", "tavily key", dashed, 24, withDigit},
	{"lsv2_pt_", "langsmith key", word, 32, withDigit},
	{"lsv2_sk_", "langsmith key", word, 32, withDigit},
	{"mt_", "mutagent key", alnum, 12, withDigit},

	// Code and packages.
	{"ghp_", "github token", alnum, 20, 0},
	{"gho_", "github token", alnum, 20, 0},
	{"ghu_", "github token", alnum, 20, 0},
	{"ghs_", "github token", alnum, 20, 0},
	{"ghr_", "github token", alnum, 20, 0},
	{"github_pat_", "github token", word, 22, withDigit},
	{"glpat-", "gitlab token", dotted, 20, 0},
	{"gldt-", "gitlab token", dashed, 20, 0},
	{"glrt-", "gitlab token", dotted, 20, 0},
	{"glcbt-", "gitlab token", dashed, 20, 0},
	{"pypi-AgE", "pypi token", dashed, 20, 0},
	{"dckr_pat_", "docker token", dashed, 20, 0},

	// Clouds.
	{"ABSK", "aws bedrock key", base64ed, 100, 0},
	{"GOCSPX-", "google client secret", dashed, 20, 0},
	{"ya29.", "google token", dotted, 20, 0},
	{"dop_v1_", "digitalocean token", hex, 32, 0},
	{"doo_v1_", "digitalocean token", hex, 32, 0},
	{"dor_v1_", "digitalocean token", hex, 32, 0},
	{"dapi", "databricks token", hex, 32, 0},
	{"HRKU-", "heroku key", dashed, 36, 0},
	{"hvs.", "vault token", dashed, 24, withDigit},
	{"hvb.", "vault token", dashed, 24, withDigit},
	{"sbp_", "supabase token", hex, 32, 0},

	// Services.
	{"xoxb-", "slack token", dashed, 24, withDigit},
	{"xoxp-", "slack token", dashed, 24, withDigit},
	{"xoxa-", "slack token", dashed, 16, withDigit},
	{"xoxr-", "slack token", dashed, 16, withDigit},
	{"xoxs-", "slack token", dashed, 16, withDigit},
	{"xoxe-", "slack token", dashed, 40, withDigit},
	{"xoxe.xox", "slack token", dashed, 40, withDigit},
	{"xapp-", "slack token", dashed, 16, withDigit},
	{"hooks.slack.com/", "slack webhook", pathlike, 24, 0},
	{"sk_live_", "stripe key", alnum, 10, 0},
	{"sk_test_", "stripe key", alnum, 10, 0},
	{"rk_live_", "stripe key", alnum, 10, 0},
	{"rk_test_", "stripe key", alnum, 10, 0},
	{"whsec_", "webhook secret", base64ed, 20, 0},
	{"sk_", "elevenlabs key", hex, 32, 0},
	{"SK", "twilio key", hex, 32, exact},
	{"SG.", "sendgrid key", dotted, 40, withDigit},
	{"sntryu_", "sentry token", hex, 32, 0},
	{"sntrys_eyJ", "sentry token", base64ed, 40, 0},
	{"PMAK-", "postman key", dashed, 40, withDigit},
	{"figd_", "figma token", dashed, 32, 0},
	{"AGE-SECRET-KEY-1", "age key", capitals, 58, 0},
	{"ATATT3", "atlassian token", base64ed, 60, 0},
}

// match returns the end of the key that begins at i, or 0. It looks at few bytes before
// it is certain, because in sk-sk-sk-… each sk- may be a beginning.
func (f *form) match(text string, i int) int {
	if !strings.HasPrefix(text[i:], f.prefix) {
		return 0
	}
	i += len(f.prefix)
	few := text[:min(len(text), i+256)]
	end := f.chars.run(few, i)
	if end-i < f.min || f.rules&withDigit != 0 && !hasDigit(few[i:end]) {
		return 0
	}
	if f.rules&exact != 0 && word.run(few, i) > i+f.min {
		return 0
	}
	if standsFor(few[i:end]) {
		return 0
	}
	end = dashed.run(text, f.chars.run(text, i))
	for text[end-1] == '.' { // punctuation of the sentence
		end--
	}
	return end
}

func hasDigit(text string) bool {
	for i := range len(text) {
		if '0' <= text[i] && text[i] <= '9' {
			return true
		}
	}
	return false
}
