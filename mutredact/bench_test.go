package mutredact_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/mutagent-io/mutagent-go/mutredact"
)

var prose = strings.Repeat(`Your order left the warehouse on Monday, so it arrives on Wednesday. If it does not,
write to us: we will look for it, and tell you within two days (2026-11-25) where it is. `, 400)

// regexps are a simple implementation: one expression for each form, each applied to
// the whole text. They have fewer forms than the package.
var regexps = func() (list []*regexp.Regexp) {
	for _, expr := range []string{
		`\bsk-(?:ant|proj|svcacct|admin|or)-[\w-]{20,}`, `\bsk-[A-Za-z0-9]{20,}`, `\bAIza[\w-]{30,}`, `\b(?:gsk|hf|xai|r8|pplx)[_-][A-Za-z0-9]{30,}`,
		`\bgh[pousr]_[A-Za-z0-9]{20,}`, `\bgithub_pat_\w{22,}`, `\bgl\w{2,4}-[\w-]{20,}`, `\bxox[abeprs]-[\w-]{16,}`, `\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}`,
		`\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`, `\bnpm_[A-Za-z0-9]{36}`, `\bSG\.[\w.-]{40,}`, `\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}`,
		`\beyJ[\w-]{7,}\.[\w-]{10,}(?:\.[\w-]*)*`, `-----BEGIN [A-Z ]*PRIVATE KEY[\s\S]*?(?:-----END [A-Z ]*-----|$)`, `://[^\s/?#@]*:[^\s/?#]*@`,
		`(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{16,}`, `(?i)(?:password|passwd|secret|api[_-]?key|token|authorization|cookie)\\*["']?\s*[:=]\s*\\*["']?[^\s"',;&]+`,
	} {
		list = append(list, regexp.MustCompile(expr))
	}
	return list
}()

// BenchmarkSecrets compares Secrets with regexps, on texts without secrets and on one
// with a key in each 500 bytes.
func BenchmarkSecrets(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"prose", prose},
		{"json", strings.Repeat(`{"role": "assistant", "tool_calls": [{"id": "call_1", "name": "orders", "arguments": "{\"id\": 1042}"}], "n": 7}`+"\n", 600)},
		{"code", strings.Repeat("func (c *Client) do(ctx context.Context, key string) (*Response, error) {\n\treq.Header.Set(\"X-Request-Id\", id) // see api.go:12\n\treturn c.http.Do(req)\n}\n", 450)},
		{"keys", strings.Repeat(prose[:450]+" gsk_"+fake(52)+" ", 130)},
	} {
		b.Run(c.name+"/mutredact", func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			for b.Loop() {
				mutredact.Secrets("", c.text)
			}
		})
		b.Run(c.name+"/regexps", func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			for b.Loop() {
				text := c.text
				for _, re := range regexps {
					text = re.ReplaceAllLiteralString(text, "[secret]")
				}
			}
		})
	}
}

func BenchmarkEmails(b *testing.B) {
	benchmarkProse(b, mutredact.Emails, `[\w.%+-]+@[\w.-]+\.[A-Za-z]{2,}`)
}
func BenchmarkCards(b *testing.B) { benchmarkProse(b, mutredact.Cards, `\b(?:\d[ -]?){13,19}\b`) }

func benchmarkProse(b *testing.B, r redactor, expr string) {
	re := regexp.MustCompile(expr)
	b.Run("mutredact", func(b *testing.B) {
		b.SetBytes(int64(len(prose)))
		for b.Loop() {
			r("", prose)
		}
	})
	b.Run("regexp", func(b *testing.B) {
		b.SetBytes(int64(len(prose)))
		for b.Loop() {
			re.ReplaceAllLiteralString(prose, "[x]")
		}
	})
}
