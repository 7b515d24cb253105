package mutredact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go/mutredact"
)

var secrets = redactor(mutredact.Secrets)

// keys has a key of each form, with the length that issuers use, and its placeholder.
// docs/redaction.md says where the forms are published.
var keys = []struct{ key, mark string }{
	{"sk-" + fake(48), "[api key]"},
	{"sk-proj-" + fake(74) + "T3Blbk" + "FJ" + fake(74), "[openai key]"},
	{"sk-svcacct-" + fake(58), "[openai key]"},
	{"sk-admin-" + fake(58), "[openai key]"},
	{"sk-None-" + fake(48), "[openai key]"},
	{"sk-ant-" + "api03-" + fake(40) + "_-" + fake(51) + "AA", "[anthropic key]"},
	{"sk-ant-" + "admin01-" + fake(93) + "AA", "[anthropic key]"},
	{"sk-or-" + "v1-" + fakeHex(64), "[openrouter key]"},
	{"sk-lf-" + "0a1b2c3d-4e5f-6789-0a1b-2c3d4e5f6789", "[langfuse key]"},
	{"AIza" + "Sy" + fake(33), "[google key]"},
	{"gsk_" + fake(52), "[groq key]"},
	{"hf_" + fake(34), "[hugging face token]"},
	{"api_org_" + fake(34), "[hugging face token]"},
	{"xai-" + fake(80), "[xai key]"},
	{"r8_" + fake(37), "[replicate token]"},
	{"pplx-" + fake(48), "[perplexity key]"},
	{"nvapi-" + fake(64), "[nvidia key]"},
	{"tgp_v1_" + fake(43), "[together key]"},
	{"fw_" + fake(24), "[fireworks key]"},
	{"csk-" + fake(48), "[cerebras key]"},
	{"pcsk_" + fake(6) + "_" + fake(63), "[pinecone key]"},
	{"tvly-" + "dev-" + fake(32), "[tavily key]"},
	{"lsv2_" + "pt_" + fakeHex(32) + "_" + fakeHex(10), "[langsmith key]"},
	{"lsv2_" + "sk_" + fakeHex(32) + "_" + fakeHex(10), "[langsmith key]"},
	{"mt_" + fake(32), "[mutagent key]"},
	{"ghp_" + fake(36), "[github token]"},
	{"gho_" + fake(36), "[github token]"},
	{"ghu_" + fake(36), "[github token]"},
	{"ghs_" + fake(36), "[github token]"},
	{"ghr_" + fake(36), "[github token]"},
	{"github_" + "pat_" + fake(22) + "_" + fake(59), "[github token]"},
	{"glpat-" + fake(20), "[gitlab token]"},
	{"gldt-" + fake(20), "[gitlab token]"},
	{"glrt-" + fake(20), "[gitlab token]"},
	{"glcbt-" + "64_" + fake(20), "[gitlab token]"},
	{"glptt-" + fakeHex(40), "[gitlab token]"},
	{"npm_" + fake(36), "[npm token]"},
	{"pypi-" + "AgEIcHlwaS5vcmc" + fake(60), "[pypi token]"},
	{"rubygems_" + fakeHex(48), "[rubygems key]"},
	{"dckr_" + "pat_" + fake(27), "[docker token]"},
	{"AKIA" + "ABCDEFGH234567IJ", "[aws key id]"},
	{"ASIA" + "ABCDEFGH234567IJ", "[aws key id]"},
	{"ABIA" + "ABCDEFGH234567IJ", "[aws key id]"},
	{"ACCA" + "ABCDEFGH234567IJ", "[aws key id]"},
	{"ABSK" + fake(128) + "==", "[aws bedrock key]"},
	{"GOCSPX-" + fake(28), "[google client secret]"},
	{"ya29." + "a0" + fake(80), "[google token]"},
	{"dop_" + "v1_" + fakeHex(64), "[digitalocean token]"},
	{"doo_" + "v1_" + fakeHex(64), "[digitalocean token]"},
	{"dor_" + "v1_" + fakeHex(64), "[digitalocean token]"},
	{"dapi" + fakeHex(32), "[databricks token]"},
	{"dapi" + fakeHex(32) + "-2", "[databricks token]"},
	{"HRKU-" + "AA" + fake(58), "[heroku key]"},
	{"hvs." + fake(95), "[vault token]"},
	{"hvb." + fake(140), "[vault token]"},
	{"sbp_" + fakeHex(40), "[supabase token]"},
	{"xoxb-" + "123456789012-123456789012-" + fake(24), "[slack token]"},
	{"xoxp-" + "123456789012-123456789012-123456789012-" + fakeHex(32), "[slack token]"},
	{"xoxa-" + "2-" + fake(30), "[slack token]"},
	{"xoxr-" + fake(30), "[slack token]"},
	{"xoxs-" + "123456789012-" + fake(30), "[slack token]"},
	{"xoxe-" + "1-" + fake(146), "[slack token]"},
	{"xoxe." + "xoxp-1-" + fake(163), "[slack token]"},
	{"xapp-" + "1-A0123456789-1234567890123-" + fakeHex(64), "[slack token]"},
	{"hooks.slack" + ".com/services/T" + fake(10) + "/B" + fake(10) + "/" + fake(24), "[slack webhook]"},
	{"sk_" + "live_" + fake(24), "[stripe key]"},
	{"sk_" + "test_" + fake(99), "[stripe key]"},
	{"rk_" + "live_" + fake(24), "[stripe key]"},
	{"rk_" + "test_" + fake(24), "[stripe key]"},
	{"whsec_" + fake(31) + "=", "[webhook secret]"},
	{"sk_" + fakeHex(48), "[elevenlabs key]"},
	{"SK" + fakeHex(32), "[twilio key]"},
	{"SG." + fake(22) + "." + fake(43), "[sendgrid key]"},
	{"shpat_" + fakeHex(32), "[shopify token]"},
	{"shpca_" + fakeHex(32), "[shopify token]"},
	{"shppa_" + fakeHex(32), "[shopify token]"},
	{"shpss_" + fakeHex(32), "[shopify secret]"},
	{"ntn_" + "12345678901" + fake(35), "[notion token]"},
	{"lin_" + "api_" + fake(40), "[linear key]"},
	{"glsa_" + fake(32) + "_" + fakeHex(8), "[grafana token]"},
	{"PMAK-" + fakeHex(24) + "-" + fakeHex(34), "[postman key]"},
	{"pul-" + fakeHex(40), "[pulumi token]"},
	{"sntryu_" + fakeHex(64), "[sentry token]"},
	{"sntrys_" + "eyJpYXQiO" + fake(80) + "=_" + fake(43), "[sentry token]"},
	{"figd_" + fake(40), "[figma token]"},
	{"ATATT3" + fake(180) + "=" + fakeHex(8), "[atlassian token]"},
	{"AGE-SECRET-" + "KEY-1" + strings.ToUpper(fake(58)), "[age key]"},
}

// around has texts that can surround a key.
var around = []struct{ before, after string }{
	{"", ""},
	{"use ", " now"},
	{"(", ")"},
	{"Here it is: ", "."},
	{`{"note": "`, `"}`},
	{`{"arguments": "{\"note\": \"`, `\"}"}`},
	{`first line\n`, `\nthird line`}, // JSON in a string
	{`https://x.test/?a=1\u0026k=`, `\u0026b=2`},
	{"https%3A%2F%2Fx.test%2F", "%2Fpath"},
	{"…", "…"},
	{"\xff", "\xff"},
	{"--", ""},
}

func TestKeys(t *testing.T) {
	for _, k := range keys {
		for _, a := range around {
			secrets.positives(t, []gone{{a.before + k.key + a.after, a.before + k.mark + a.after}})
		}
	}
}

// TestCutKeys checks that a long key is hidden completely if a size limit has cut off
// its end.
func TestCutKeys(t *testing.T) {
	for _, k := range keys {
		if len(k.key) < 64 || strings.HasPrefix(k.key, "A") {
			continue // these forms have a fixed length
		}
		got, _ := mutredact.Secrets("", k.key[:len(k.key)-10])
		assert.Equal(t, k.mark, got)
	}
}

// TestTwoKeys checks that the text between two keys stays.
func TestTwoKeys(t *testing.T) {
	got, n := mutredact.Secrets("", "a "+keys[0].key+" b "+keys[1].key+" c")
	assert.Equal(t, "a [api key] b [openai key] c", got)
	assert.Equal(t, 2, n)
}

func TestKeyNearMisses(t *testing.T) {
	secrets.nearMisses(t, []string{
		"sk-learn-tutorial-for-beginners-2024", // words
		"sk-circle-fade-dot-animation",
		"task-" + fake(30), // the prefix is the end of a word
		"sk-ant-hropic-is-a-funny-way-to-write-it",
		"sk-short1",
		"hf_hub_download_with_many_retries_and_more",
		"gsk_is_a_prefix",
		"npm_config_registry_of_the_whole_company",
		"npm_lifecycle_event",
		"mt_rand_seed_2024",
		"mt_configurations",
		"r8_unorm r8_uint",
		"AKIA", "AKIAABC", "AKIA" + "ABCDEFGH234567IJKLM", // too short, too long
		"SKU12345678901234567890123456789012",
		"SK" + fakeHex(33),
		"ghp_name", "GHP_" + fake(36),
		"pul-" + fakeHex(41),
		"https://hooks.slack.com/docs",
		"SG.the.name.of.a.module.with.quite.some.parts.in.it",
		"0a1b2c3d4e5f67890a1b2c3d4e5f67890a1b2c3d", // a commit hash
		"sha256:" + fakeHex(64),
		"0a1b2c3d-4e5f-4789-8a1b-2c3d4e5f6789",
		"rk_live_ and sk_test_ are prefixes",
	})
}
