package mutredact_test

import (
	"strings"
	"testing"
)

// webToken has the three parts of RFC 7519: header, claims, signature.
var (
	head     = "eyJ" + "hbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
	claims   = "eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0"
	webToken = head + "." + claims + "." + fake(43)
)

const (
	beginKey = "-----BEGIN " + "RSA PRIVATE KEY-----"
	endKey   = "-----END " + "RSA PRIVATE KEY-----"
)

func TestTokens(t *testing.T) {
	secrets.positives(t, []gone{
		{webToken, "[jwt]"},
		{"id " + webToken + ". Next", "id [jwt]. Next"},
		{head + "." + claims + ".", "[jwt]."},                                 // alg none
		{head + "." + claims, "[jwt]"},                                        // cut off
		{head + "." + fake(40) + ".." + fake(30) + "." + fake(22), "[jwt]"},   // encrypted: five parts
		{`{\"t\":\"` + webToken + `\"}`, `{\"t\":\"[jwt]\"}`},                 // JSON in a string
		{`see:\n` + webToken + `\n`, `see:\n[jwt]\n`},                         // the n is part of the escape
		{"-" + webToken, "-[jwt]"},                                            //
		{"Bearer " + fake(16), "Bearer [token]"},                              // RFC 6750
		{"bearer  " + fake(30) + "==, x", "bearer  [token], x"},               //
		{"Bearer " + webToken, "Bearer [token]"},                              //
		{"Bearer%20" + fake(30), "Bearer%20[token]"},                          //
		{"Basic dXNlcjpwYXNz", "Basic [token]"},                               // user:pass, RFC 7617
		{"basic dXNlcjpwYXNzd29yZA==", "basic [token]"},                       //
		{"Basic dXNlcjpwYXNzd", "Basic [token]"},                              // cut off
		{"Basic " + strings.Repeat("dXNlcjpw", 100), "Basic [token]"},         //
		{"curl -H 'X: Basic dXNlcjpwYXNz' y", "curl -H 'X: Basic [token]' y"}, //
	})
	secrets.nearMisses(t, []string{
		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", // only {"alg":…} in base64
		"keyJhbGciOiJIUzI1NiJ9.abcdefghijklmnop.x",
		"eyJ.eyJ.eyJ",
		"a.b.c www.example.com v1.2.3",
		"bearer of bad news",
		"Bearer authentication required",
		"bearer responsibilities-and-more",
		"Bearer",
		"Bearer ",
		"Basic understanding of programming",
		"basic programming1",
		"BASIC 10 PRINT",
		"basic",
	})
}

// TestPrivateKeys uses the PEM form of RFC 7468, also with newlines escaped by JSON.
func TestPrivateKeys(t *testing.T) {
	body := "\n" + fake(64) + "\n" + fake(20) + "==\n"
	escaped := strings.ReplaceAll(body, "\n", `\n`)
	secrets.positives(t, []gone{
		{beginKey + body + endKey, "[private key]"},
		{"a\n" + beginKey + body + endKey + "\nb", "a\n[private key]\nb"},
		{`"` + beginKey + escaped + endKey + `\n"`, `"[private key]\n"`},
		{beginKey + body, "[private key]"}, // cut off: hidden to the end of the text
		{beginKey + body + "-----END RSA PRI", "[private key]"},
		{strings.ReplaceAll(beginKey+body+endKey, "RSA ", ""), "[private key]"},
		{strings.ReplaceAll(beginKey+body+endKey, "RSA", "OPENSSH"), "[private key]"},
		{strings.ReplaceAll(beginKey+body+endKey, "RSA", "EC"), "[private key]"},
		{strings.ReplaceAll(beginKey+body+endKey, "RSA", "ENCRYPTED"), "[private key]"},
		{"-----BEGIN PGP " + "PRIVATE KEY BLOCK-----" + body + "-----END PGP " + "PRIVATE KEY BLOCK-----", "[private key]"},
		{`{"type": "service_account", "private_key": "` + beginKey + escaped + endKey + `\n", "client_id": "1"}`,
			`{"type": "service_account", "private_key": "[private key]", "client_id": "1"}`},
		{"private_key=" + beginKey + body + endKey + " x", "private_key=[private key] x"},
		{"sk-proj-" + fake(30) + beginKey + body + endKey, "[openai key]"}, // its dashes can belong to the key before it
		{`password: "x ` + beginKey + body + endKey + `"`, `password: "[password]"`},
	})
	secrets.nearMisses(t, []string{
		"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
		"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
		"-----BEGIN", "----- PRIVATE KEY -----",
		"| --- | --- |\n-----------\n",
	})
}

func TestURLs(t *testing.T) {
	secrets.positives(t, []gone{
		{"postgres://app:hunter2@db:5432/shop", "postgres://[credentials]@db:5432/shop"},
		{"https://u:p@ss@x.test/", "https://[credentials]@x.test/"},
		{"redis://:hunter2@cache", "redis://[credentials]@cache"},
		{`"mongodb+srv://app:hunter2@db/x?y=1"`, `"mongodb+srv://[credentials]@db/x?y=1"`},
		{"https://x-access-token:" + "ghp_" + fake(36) + "@github.com/o/r", "https://[credentials]@github.com/o/r"},
		{"https://a.blob.core.windows.net/c?sv=2024-11-04&sig=" + fake(40) + "%3D&se=1", "https://a.blob.core.windows.net/c?sv=2024-11-04&sig=[signature]&se=1"},
		{"https://b.s3.amazonaws.com/k?X-Amz-Signature=" + fakeHex(64), "https://b.s3.amazonaws.com/k?X-Amz-Signature=[signature]"},
		{"https://x.test/?a=1&api_key=hunter2&b=2", "https://x.test/?a=1&api_key=[key]&b=2"},
	})
	secrets.nearMisses(t, []string{
		"https://example.com:8080/path",
		"https://example.com:8080/@user",
		"https://example.com/?q=a:b@c",
		"ssh://git@github.com/o/r",
		"postgres://app@db/shop",
		"http://[::1]:80/",
		"see https://x.test: bob@example.com",
	})
}
