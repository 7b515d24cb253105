package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"strings"
)

// A test has the test texts of one gitleaks rule. The secrets are stored separately
// from their texts, which contain {{n}} in their place, and are encoded with ROT13.
// Otherwise scanners would take them for real secrets.
type test struct {
	Rule     string
	Named    bool     `json:",omitempty"` // recognized only by the text beside it
	Secrets  []string `json:",omitempty"`
	Secret   []text   `json:",omitempty"`
	Harmless []text   `json:",omitempty"`
}

type text struct {
	Text    string
	Secrets []int `json:",omitempty"`
	Found   bool  `json:",omitempty"` // found by another rule
}

// samplesFile returns a file with one test per line.
func samplesFile(recorded []recording) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, r := range recorded {
		if len(r.Secret)+len(r.Harmless) == 0 {
			continue
		}
		t := test{Rule: r.RuleID, Named: strings.Contains(r.Regex, operator) && !startsWithKeyword(r)}
		for _, s := range r.Secret {
			t.Secret = append(t.Secret, t.apart(s))
		}
		for _, s := range r.Harmless {
			t.Harmless = append(t.Harmless, text{Text: rot13(s.Text), Found: s.Found})
		}
		if err := enc.Encode(t); err != nil {
			log.Fatal(err)
		}
	}
	return b.Bytes()
}

// apart moves the secrets out of a text.
func (t *test) apart(s sample) text {
	out := text{Text: rot13(s.Text)}
	for _, secret := range s.Secrets {
		secret = rot13(secret)
		n := 0
		for n < len(t.Secrets) && t.Secrets[n] != secret {
			n++
		}
		if n == len(t.Secrets) {
			t.Secrets = append(t.Secrets, secret)
		}
		out.Secrets = append(out.Secrets, n)
		out.Text = strings.ReplaceAll(out.Text, secret, fmt.Sprintf("{{%d}}", n))
	}
	return out
}

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
