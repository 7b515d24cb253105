package main

import (
	"bytes"
	"fmt"
	"go/format"
	"log"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// These are the parts that gitleaks's generator puts around the expression of a secret.
const (
	operator = `(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}`
	suffix   = `(?:[\x60'"\s;]|\\[nr]|$)`
)

// suffixes has all forms in which an expression matches the end of a secret.
var suffixes = []string{suffix, `(?:$|[\\'"\x60\s<),])`, `(?:[\x60'"\s;]|\\[nr]|$|\b)`, `(?:[^\w-]|\z)`, `(?:[^a-zA-Z0-9+/]|\z)`, `\b`}

// known has the rules that are left out, either because mutredact finds the same
// secrets with more context, or because the rule is about the path of a file.
var known = map[string]string{
	"curl-auth-header":       "headers",
	"curl-auth-user":         "users of curl",
	"facebook-access-token":  "forms",
	"freemius-secret-key":    "names",
	"generic-api-key":        "names",
	"hashicorp-tf-password":  "names",
	"jwt":                    "web tokens",
	"kubernetes-secret-yaml": "manifests",
	"nuget-config-password":  "names",
	"openai-api-key":         "forms",
	"pkcs12-file":            "a path",
	"private-key":            "private keys",
	"sidekiq-sensitive-url":  "passwords in URLs",
	"slack-webhook-url":      "forms",
	"twilio-api-key":         "forms",
}

// before has the number of bytes of a secret before its keyword.
var before = map[string]int{
	"azure-ad-client-secret": 4,
	"hashicorp-tf-api-token": 15,
	"maxmind-license-key":    36,
}

// beginnings are removed from the expressions, so that these start with the keyword, or
// at the position in before.
var beginnings = map[string]string{
	"azure-ad-client-secret":  `(?:^|[\\'"\x60\s>=:(,)])`,
	"microsoft-teams-webhook": `https://[a-z0-9]+\.`,
}

// keywords replaces keywords of rules that also occur in other texts.
var keywords = map[string][]string{
	"airtable-personnal-access-token": {"pat"},
	"atlassian-api-token":             {"atlassian", "confluence", "jira"},
	"microsoft-teams-webhook":         {"webhook.office.com"},
	"sourcegraph-access-token":        {"sgp_"},
}

// A rule is the part of a gitleaks rule that mutredact needs.
type rule struct {
	label    string
	keywords []string
	named    bool
	before   int
	min      int
	entropy  float64
	expr     string
	allowed  string
}

func ruleOf(r recording) (rule, error) {
	out := rule{label: label(r.RuleID), keywords: r.Keywords, entropy: r.Entropy, before: before[r.RuleID], expr: r.Regex}
	if k := keywords[r.RuleID]; k != nil {
		out.keywords = k
	}
	out.expr = strings.TrimPrefix(out.expr, beginnings[r.RuleID])
	ends := false
	for _, s := range suffixes {
		if strings.HasSuffix(out.expr, s) {
			out.expr, ends = strings.TrimSuffix(out.expr, s), true
			break
		}
	}
	fold := strings.HasPrefix(out.expr, "(?i)")
	out.expr = strings.TrimPrefix(out.expr, "(?i)")
	if _, secret, ok := strings.Cut(out.expr, operator); ok {
		out.expr, out.named = secret, !startsWithKeyword(r)
		out.expr, _, _ = strings.Cut(out.expr, suffix+"|") // the alternative is one of mutredact's forms
	}
	out.expr = strings.TrimPrefix(out.expr, `\b`)
	if fold {
		out.expr = "(?i:" + out.expr + ")"
	}
	tree, err := syntax.Parse(out.expr, syntax.Perl)
	if err != nil {
		return out, fmt.Errorf("%s: %w", r.RuleID, err)
	}
	out.min = shortest(tree)
	if ends {
		out.expr += "$end"
	}
	var allowed []string
	for _, a := range r.Allowlists {
		if a.RegexTarget == "" { // the allowlist is for the secret itself
			allowed = append(allowed, a.Regexes...)
		}
	}
	out.allowed = strings.Join(allowed, "|")
	if out.allowed != "" {
		regexp.MustCompile(out.allowed)
	}
	return out, nil
}

// startsWithKeyword reports whether the secrets begin with the keywords.
func startsWithKeyword(r recording) bool {
	for _, sample := range r.Secret {
		for _, secret := range sample.Secrets {
			if !slices.ContainsFunc(r.Keywords, func(k string) bool { return strings.HasPrefix(strings.ToLower(secret), k) }) {
				return false
			}
		}
	}
	return true
}

// shortest returns the length of the shortest text that tree matches.
func shortest(tree *syntax.Regexp) (n int) {
	switch tree.Op {
	case syntax.OpLiteral:
		return len(tree.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return shortest(tree.Sub[0])
	case syntax.OpRepeat:
		return tree.Min * shortest(tree.Sub[0])
	case syntax.OpConcat:
		for _, sub := range tree.Sub {
			n += shortest(sub)
		}
	case syntax.OpAlternate:
		n = shortest(tree.Sub[0])
		for _, sub := range tree.Sub[1:] {
			n = min(n, shortest(sub))
		}
	}
	return n
}

var kinds = map[string]string{
	"token": "token", "pat": "token", "ptt": "token", "rrt": "token", "key": "key", "secret": "secret",
	"id": "id", "password": "password", "webhook": "webhook", "cookie": "cookie", "jwt": "jwt",
}

var issuers = map[string]string{"gcp": "google", "huggingface": "hugging face", "cisco": "meraki", "new": "new relic"}

// labels has the issuers' own names for secrets that gitleaks calls tokens.
var labels = map[string]string{
	"aws-access-token":                       "aws key id",
	"aws-amazon-bedrock-api-key-long-lived":  "aws bedrock key",
	"aws-amazon-bedrock-api-key-short-lived": "aws bedrock key",
	"postman-api-token":                      "postman key",
	"rubygems-api-token":                     "rubygems key",
	"sendgrid-api-token":                     "sendgrid key",
	"stripe-access-token":                    "stripe key",
}

// label returns the name of a secret: its issuer and its type.
func label(id string) string {
	words := strings.Split(id, "-")
	issuer, kind := words[0], "secret"
	if better := issuers[issuer]; better != "" {
		issuer = better
	}
	for _, w := range words[1:] {
		if k := kinds[w]; k != "" {
			kind = k
		}
	}
	if better := labels[id]; better != "" {
		return better
	}
	return issuer + " " + kind
}

// rulesFile returns the Go file with the rules.
func rulesFile(recorded []recording, licence string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Code generated by tools/gitleaks from %s %s. DO NOT EDIT.\n//\n", module, version)
	fmt.Fprint(&b, "// The rules are those of https://github.com/gitleaks/gitleaks, under its licence:\n//\n")
	for line := range strings.Lines(licence) {
		fmt.Fprintf(&b, "// %s", line)
	}
	fmt.Fprint(&b, "\npackage mutredact\n\nvar gitleaks = []rule{\n")
	for _, r := range recorded {
		if known[r.RuleID] != "" {
			continue
		}
		out, err := ruleOf(r)
		if err != nil {
			log.Fatal(err)
		}
		slices.Sort(out.keywords)
		fmt.Fprintf(&b, "{label: %q, keywords: %#v, min: %d, ", out.label, out.keywords, out.min)
		if out.named {
			fmt.Fprint(&b, "named: true, ")
		}
		if out.before > 0 {
			fmt.Fprintf(&b, "before: %d, ", out.before)
		}
		if out.entropy > 0 {
			fmt.Fprintf(&b, "entropy: %g, ", out.entropy)
		}
		fmt.Fprintf(&b, "expr: %s", quote(strings.TrimSuffix(out.expr, "$end")))
		if strings.HasSuffix(out.expr, "$end") {
			fmt.Fprint(&b, "+end")
		}
		if out.allowed != "" {
			fmt.Fprintf(&b, ", allowed: %s", quote(out.allowed))
		}
		fmt.Fprint(&b, "},\n")
	}
	fmt.Fprint(&b, "}\n")
	code, err := format.Source(b.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	return code
}

func quote(s string) string {
	if strings.Contains(s, "`") {
		return fmt.Sprintf("%q", s)
	}
	return "`" + s + "`"
}
