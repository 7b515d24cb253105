package mutredact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutredact"
)

var all = map[string]redactor{"secrets": secrets, "emails": emails, "cards": cards}

// seeds have something of everything.
func seeds(f *testing.F, add func(text string)) {
	f.Helper()
	for _, text := range []string{
		"", "plain", "\xff\xfe", `{\"password\": \"a\\\"b\"}`, "Cookie: a=\"b\"; c=d\n", "token=password: x",
		"a@b.com@c.com", "x%40y.io", "4111 1111 1111 1111 4111-1111-1111-1111 12", "://a:b@c:d@e", webToken,
		"Bearer " + fake(20), "Basic dXNlcjpwYXNz", beginKey + fake(64), "<password>x</password>", "--password x", "**API key:** `x`",
	} {
		add(text)
	}
}

// FuzzTwice: redacting what was redacted changes nothing, and what is said to be
// unchanged is.
func FuzzTwice(f *testing.F) {
	seeds(f, func(text string) { f.Add("", text) })
	f.Add("password", "[password]x")
	f.Fuzz(func(t *testing.T, key, text string) {
		for name, r := range all {
			once, n := r(key, text)
			require.Equal(t, n > 0, once != text, name)
			twice, n := r(key, once)
			require.Equal(t, once, twice, name)
			require.Zero(t, n, name)
		}
	})
}

// FuzzPlanted plants a secret in any text, and looks for it afterwards. A word or
// a dash beside it would make it part of something else.
func FuzzPlanted(f *testing.F) {
	plants := []string{
		webToken,
		beginKey + "\n" + fake(64) + "\n" + endKey,
		"postgres://app:" + fake(20) + "@db",
	}
	for _, k := range keys {
		plants = append(plants, k.key)
	}
	for i := range plants {
		seeds(f, func(text string) { f.Add(text+" ", " "+text, uint(i)) })
	}
	f.Fuzz(func(t *testing.T, before, after string, which uint) {
		secret := plants[which%uint(len(plants))]
		if endsWord(before) || startsWithWord(after) || strings.Contains(before+after, fake(4)) || strings.Contains(before+after, fakeHex(4)) {
			return
		}
		got, n := mutredact.Secrets("", before+secret+after)
		require.Positive(t, n)
		require.NotContains(t, got, secret)
		require.NotContains(t, got, fake(12), "not a part of it either")
		require.NotContains(t, got, fakeHex(12))
	})
}

// FuzzPlantedAddress does the same for addresses and card numbers.
func FuzzPlantedAddress(f *testing.F) {
	seeds(f, func(text string) { f.Add(text+" ", " "+text) })
	f.Add("", " 41111111111111110") // the planted number, as a part of another
	f.Fuzz(func(t *testing.T, before, after string) {
		around := before + " " + after
		if endsWord(before) || startsWithWord(after) || strings.Contains(around, "planted@") || strings.Contains(around, "4111111111111111") {
			return
		}
		got, _ := mutredact.Emails("", before+"bob.planted@example.com"+after)
		if !strings.HasPrefix(after, "(") && !strings.HasPrefix(after, ".") {
			assert.NotContains(t, got, "planted@example.com")
		}
		got, _ = mutredact.Cards("", before+"4111111111111111"+after)
		if !strings.HasSuffix(before, ".") {
			assert.NotContains(t, got, "4111111111111111")
		}
	})
}

const wordBytes = "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Bytes of other alphabets count as words here: addresses may consist of them.
func endsWord(s string) bool {
	return s != "" && (s[len(s)-1] >= 0x80 || strings.IndexByte(wordBytes, s[len(s)-1]) >= 0)
}

func startsWithWord(s string) bool {
	return s != "" && (s[0] >= 0x80 || strings.IndexByte(wordBytes, s[0]) >= 0)
}

// TestLarge has a quarter of a megabyte of what could make a scanner look at the same bytes
// again and again. One that did would not end.
func TestLarge(t *testing.T) {
	for _, part := range []string{
		"a", "sk-", "sk-ant-", "sk-proj-", "eyJ", "eyJ-", "eyJ.", "-", "-----BEGIN ", "-----BEGIN RSA PRIVATE KEY-----", "://", "://a:b", "a:b@",
		"token:", "token: ", "token=", "password=\\", "\\", "password=\"", "password='\n", "Cookie: a=\"", "Cookie:", "password=a&", "token=,", "<token>", ">",
		"bearer ", "basic ", "bearer%20", "--password ", "--", "@", "a@", "a.", "a@b.", "a@b.com", "%40", "%", "4", "4 ", "4111 ", "4111-", "4111111111111111 ",
		"password:[", "password:[\"a\",", "é", "\xff",
		"bearer=", "key=", "key=x", "key=xxxxxxxx=", "Authorization: Bearer $", "token:'", "value=", `"name":"PASSWORD","value":`, "curl -u a:b ", "-u a:b ",
		"ghp_", "glrt-", "EAAA-", "sq0atp-", "twitter=", "twitter='", "pscale_pw_=", "atlasv1", "q~", "hvs.", "SG.", "sk_live_", "dapi", "a1B2c3_mmk",
	} {
		text := strings.Repeat(part, 1<<18/len(part))
		for name, r := range all {
			once, n := r("", text)
			assert.Equal(t, n > 0, once != text, "%s of %q", name, part)
		}
	}
}
