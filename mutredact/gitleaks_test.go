package mutredact_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutredact"
)

// A sampleRule has gitleaks's own test texts of one rule. tools/gitleaks generates
// them.
type sampleRule struct {
	Rule    string
	Named   bool // the secret has no format of its own
	Secrets []string
	Secret  []struct {
		Text    string
		Secrets []int
	}
	Harmless []struct {
		Text  string
		Found bool // the sample contains the secret of another rule
	}
}

func gitleaks(t *testing.T) (list []sampleRule) {
	t.Helper()
	data, err := os.ReadFile("testdata/gitleaks.jsonl")
	require.NoError(t, err)
	for line := range strings.Lines(string(data)) {
		var r sampleRule
		require.NoError(t, json.Unmarshal([]byte(line), &r))
		for i, s := range r.Secrets {
			r.Secrets[i] = rot13(s)
		}
		for i := range r.Secret {
			text := rot13(r.Secret[i].Text)
			for _, n := range r.Secret[i].Secrets {
				text = strings.ReplaceAll(text, fmt.Sprintf("{{%d}}", n), r.Secrets[n])
			}
			r.Secret[i].Text = text
		}
		for i := range r.Harmless {
			r.Harmless[i].Text = rot13(r.Harmless[i].Text)
		}
		list = append(list, r)
	}
	require.Greater(t, len(list), 200)
	return list
}

// rot13 decodes the samples. They are encoded so that scanners do not report them as
// secrets.
func rot13(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return 'a' + (r-'a'+13)%26
		case 'A' <= r && r <= 'Z':
			return 'A' + (r-'A'+13)%26
		}
		return r
	}, s)
}

// A share counts the texts with the expected result.
type share struct{ good, all int }

func (s *share) count(good bool) {
	s.all++
	if good {
		s.good++
	}
}

func (s share) percent() float64 { return 100 * float64(s.good) / float64(s.all) }

func (s share) String() string { return fmt.Sprintf("%d of %d, %.1f %%", s.good, s.all, s.percent()) }

// TestGitleaksInContext checks that the secrets in gitleaks's samples are hidden.
func TestGitleaksInContext(t *testing.T) {
	var gone share
	for _, r := range gitleaks(t) {
		for _, s := range r.Secret {
			got, _ := mutredact.Secrets("", s.Text)
			for _, n := range s.Secrets {
				if r.Secrets[n] == "" {
					continue // the rule is about a file name
				}
				hidden := !strings.Contains(got, r.Secrets[n])
				gone.count(hidden)
				if !hidden {
					t.Logf("%s stays in %.200q", r.Rule, s.Text)
				}
			}
		}
	}
	t.Log("in context:", gone)
	assert.GreaterOrEqual(t, gone.percent(), 99.0)
}

// formless are the rules whose secrets have no format without their context: they are
// passwords, random digits, or, for jwt-base64 and the webhook, a part of the secret.
var formless = map[string]bool{
	"curl-auth-header": true, "curl-auth-user": true, "freemius-secret-key": true, "jwt-base64": true, "kubernetes-secret-yaml": true,
	"microsoft-teams-webhook": true, "nuget-config-password": true, "pkcs12-file": true, "sidekiq-sensitive-url": true,
}

// TestGitleaksBare checks that secrets with a format of their own are hidden without
// context.
func TestGitleaksBare(t *testing.T) {
	var distinctive, all share
	for _, r := range gitleaks(t) {
		for _, secret := range r.Secrets {
			if secret == "" {
				continue
			}
			got, _ := mutredact.Secrets("", secret)
			hidden := !strings.Contains(got, secret)
			all.count(hidden)
			if r.Named || formless[r.Rule] {
				continue
			}
			distinctive.count(hidden)
			if !hidden {
				t.Logf("%s stays: %.200q", r.Rule, secret)
			}
		}
	}
	t.Log("bare, of a distinctive form:", distinctive)
	t.Log("bare, of any form:", all)
	assert.GreaterOrEqual(t, distinctive.percent(), 98.0)
}

// byName are rules whose harmless samples have a value under a credential's name that
// only this rule does not count as one, such as
//
//	telegram_api_token = "7305:Azs86…" // too short for Telegram
//
// Hiding the value is correct.
var byName = map[string]bool{
	"freemius-secret-key": true, "generic-api-key": true, "hashicorp-tf-password": true, "mailchimp-api-key": true, "nuget-config-password": true,
	"settlemint-application-access-token": true, "settlemint-personal-access-token": true, "settlemint-service-access-token": true,
	"stripe-access-token": true, "sumologic-access-token": true, "telegram-bot-api-token": true,
}

// TestGitleaksHarmless checks that samples without a secret in any rule are unchanged.
func TestGitleaksHarmless(t *testing.T) {
	var unnamed, harmless, all share
	for _, r := range gitleaks(t) {
		for _, s := range r.Harmless {
			got, _ := mutredact.Secrets("", s.Text)
			all.count(got != s.Text)
			if s.Found {
				continue
			}
			harmless.count(got != s.Text)
			if byName[r.Rule] {
				continue
			}
			unnamed.count(got != s.Text)
			if got != s.Text {
				t.Logf("%s: %.200q becomes %.200q", r.Rule, s.Text, got)
			}
		}
	}
	t.Log("changed, without the name of a credential:", unnamed)
	t.Log("changed, of what gitleaks finds nothing in:", harmless)
	t.Log("changed, of all that one rule must not find:", all)
	assert.LessOrEqual(t, unnamed.percent(), 5.0)
	assert.LessOrEqual(t, harmless.percent(), 12.0)
}
