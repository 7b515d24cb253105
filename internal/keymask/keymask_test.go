package keymask

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const key = "mt_live_" + "9aB3xK7qLm2ZtR5wVn8c"

func TestEchoes(t *testing.T) {
	k := New(key)
	for text, want := range map[string]string{
		"unknown key " + key + ".":                              "unknown key [key].",
		strings.ToUpper(key):                                    "[key]",
		strings.ToLower(key):                                    "[key]",
		`{"error":"bad key '` + key + `'"}`:                     `{"error":"bad key '[key]'"}`,
		"Bearer " + key + "\n":                                  "Bearer [key]\n",
		key + key:                                               "[key]",
		"the key mt_live_9aB3… is unknown":                      "the key [key]… is unknown", // its first letters
		"MT-LIVE-9AB3****":                                      "[key]****",
		"ends with " + key[len(key)-10:]:                        "ends with [key]",
		key[:14] + `" + "` + key[14:]:                           "[key]", // split
		key[:14] + "\n    " + key[14:]:                          "[key]",
		`["` + key[:9] + `","` + key[9:18] + `","` + key[18:]:   `["[key]`,
		key[:14] + `\n` + key[14:]:                              "[key]",
		"first " + key[:16] + ", and then " + key[16:] + " end": "first [key], and then [key] end",
		strings.Join(strings.Split(key, ""), " "):               "[key]",
		url.QueryEscape("\"" + key + "\""):                      "%22[key]%22",
		percent(key):                                            "[key]",
		unicodeEscape(key):                                      "[key]",
		html.EscapeString(`<b title="` + key + `">`):            "&lt;b title=&#34;[key]&#34;&gt;",
		strings.ReplaceAll(key, "_", "&#95;"):                   "[key]",
	} {
		assert.Equal(t, want, k.Mask(text), text)
	}
}

func percent(s string) (out string) {
	for i := range len(s) {
		out += fmt.Sprintf("%%%02x", s[i])
	}
	return out
}

func unicodeEscape(s string) (out string) {
	for i := range len(s) {
		out += fmt.Sprintf(`\u%04X`, s[i])
	}
	return out
}

// TestHarmless checks that the prefix of all keys is not masked, nor are a few letters.
func TestHarmless(t *testing.T) {
	k := New(key)
	for _, text := range []string{
		"", "keys begin with mt_live_", "mt_test_9aB3", "9aB3xK7", "401 Unauthorized", "xK7 9aB3 qLm2", "100%", `\`, `\u00`, "&", "&#;",
	} {
		assert.Equal(t, text, k.Mask(text))
	}
	agent := New("mutagent-live-" + "a1b2c3d4e5f6")
	assert.Equal(t, "mutagent-go live: mutagent", agent.Mask("mutagent-go live: mutagent"))
}

// TestShortKeys covers keys of tests and of other services.
func TestShortKeys(t *testing.T) {
	assert.Equal(t, "x [key] y", New("mt_test").Mask("x mt_test y"))
	assert.Equal(t, "mt_ and test", New("mt_test").Mask("mt_ and test"))
	assert.Equal(t, "[key]", New("a1b2").Mask("A1B2"))
	for _, none := range []string{"", "___", "abc"} {
		assert.Equal(t, "abc ___", New(none).Mask("abc ___"))
	}
	assert.Equal(t, key, Key{}.Mask(key))
}

// TestNothingPrintsIt checks that printing a struct with a Key does not print the key.
func TestNothingPrintsIt(t *testing.T) {
	holder := struct {
		Key Key
		in  *Key
	}{Key: New(key)}
	holder.in = &holder.Key
	encoded, err := json.Marshal(holder)
	require.NoError(t, err)
	for _, printed := range []string{fmt.Sprint(holder), fmt.Sprintf("%+v", holder), fmt.Sprintf("%#v", holder), string(encoded)} {
		assert.NotContains(t, strings.ToLower(printed), strings.ToLower(key[8:16]))
	}
}

// FuzzMask puts the key into a text, changed in several ways at once, and looks for
// eight consecutive letters of it in the result.
func FuzzMask(f *testing.F) {
	f.Add(key, "before ", " after", uint8(0))
	f.Add(key, `{"a":"`, `\n"}`, uint8(7))
	f.Add("0123456789abcdef", "0123", "cdef", uint8(3))
	f.Add("aaaaaaaaaaaa", "aaaa", "%61", uint8(255))
	f.Fuzz(func(t *testing.T, secret, before, after string, how uint8) {
		own := lettersOf(secret)
		if len(own) < 2*piece || len(secret) > 200 {
			return
		}
		echo := secret
		if how&1 != 0 {
			echo = strings.ToUpper(echo)
		}
		if at := int(how) * len(echo) / 256; how&2 != 0 {
			echo = echo[:at] + `", "` + echo[at:]
		}
		if how&4 != 0 {
			echo = strconv.Quote(echo)
		}
		if how&8 != 0 {
			echo = url.QueryEscape(echo)
		}
		got := New(secret).Mask(before + " " + echo + " " + after)
		shared := lettersOf(secret[:sharedBy(secret)])
		if len(own)-len(shared) >= piece {
			own = own[len(shared):]
		}
		for i := 0; i+piece <= len(own); i++ {
			require.NotContains(t, strings.ToLower(got), own[i:i+piece])
		}
	})
}

// TestLarge checks the time for a large text. A second would be too long for a log
// line.
func TestLarge(t *testing.T) {
	k := New(strings.Repeat("a", 64))
	assert.Equal(t, mark, k.Mask(strings.Repeat("a", 1<<20)))
	assert.Equal(t, mark, k.Mask(strings.Repeat("%61", 1<<18)))
	plain := strings.Repeat("&", 1<<20)
	assert.Equal(t, plain, k.Mask(plain))
}

func BenchmarkMask(b *testing.B) {
	k := New(key)
	text := strings.Repeat(`{"error":"the request was refused, see https://example.com/errors/12"}`, 15)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		k.Mask(text)
	}
}
