package mutredact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutredact"
)

var all = map[string]redactor{"secrets": secrets, "emails": emails, "cards": cards}

// seeds adds texts with every kind of secret.
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

// FuzzTwice checks that redacting again changes nothing, and that a text reported as
// unchanged is unchanged.
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

// FuzzPlanted inserts a secret into any text, and looks for it in the result. It
// inserts none next to a word or a dash, because the secret would become part of
// something else.
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
	f.Add("", " 41111111111111110") // the inserted number as part of another
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

// Bytes beyond ASCII count as words here, because addresses may contain them.
func endsWord(s string) bool {
	return s != "" && (s[len(s)-1] >= 0x80 || strings.IndexByte(wordBytes, s[len(s)-1]) >= 0)
}

func startsWithWord(s string) bool {
	return s != "" && (s[0] >= 0x80 || strings.IndexByte(wordBytes, s[0]) >= 0)
}

// TestLarge redacts a quarter of a megabyte of texts that could make a scanner read the
// same bytes many times. A scanner of quadratic time would not finish.
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
