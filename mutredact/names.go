package mutredact

import "strings"

// A name is a credential's name in lower case without separators. It matches all names
// that end with it: password also matches DB_PASSWORD, and apikey matches x-api-key.
type name struct{ text, label string }

var names = []name{
	{"password", "password"},
	{"passwords", "password"},
	{"passwd", "password"},
	{"passphrase", "password"},
	{"passwordhash", "password"},
	{"passwordconfirmation", "password"},
	{"userpass", "password"},
	{"dbpass", "password"},
	{"smtppass", "password"},

	{"secret", "secret"},
	{"secrets", "secret"},
	{"secretkey", "secret"},
	{"secretaccesskey", "secret"},
	{"credential", "secret"},
	{"credentials", "secret"},

	{"apikey", "key"},
	{"apikeys", "key"},
	{"accesskey", "key"},
	{"accountkey", "key"},
	{"authkey", "key"},
	{"encryptionkey", "key"},
	{"masterkey", "key"},
	{"privatekey", "private key"},
	{"signingkey", "key"},
	{"subscriptionkey", "key"},

	{"token", "token"},
	{"authorization", "authorization"},
	{"cookie", "cookie"},
	{"cookies", "cookie"},
	{"amzsignature", "signature"},
	{"googsignature", "signature"},
}

// wholes match only complete names: oldpwd is a directory.
var wholes = []name{
	{"pwd", "password"},
	{"jwt", "token"},
	{"bearer", "token"},
}

// harmless are words before "token" that make it no credential, as in a position in a
// list or a token of a model.
var harmless = []string{
	"page", "nextpage", "next", "previous", "prev", "continuation", "continue", "cursor", "sync",
	"first", "last", "per", "each", "single", "current", "top", "total", "max", "min",
	"bos", "eos", "pad", "unk", "sep", "cls", "mask", "stop", "start", "end", "special",
	"input", "output", "prompt", "completion", "generated", "predicted", "sampled",
	"cancellation", "cancel", "public", "jsonweb", "csrf", "xsrf", "authenticity",
}

// longest is the number of letters at the end of a name that are checked. It must fit
// the longest name of the tables with a harmless word before it.
const longest = 32

// trailing are the bytes that may follow a name, as in API_KEY_2.
var trailing = setOf(digits + "-_. ")

// credential returns the label for a value with the name key, or "" if key is not a
// credential's name. It ignores case, digits at the end, and separators of words.
func credential(key string) string {
	var low [longest]byte
	at := longest
	var starts uint64 // bit i is set if a word starts at low[i]
	last := len(key) - 1
	for last >= 0 && trailing[key[last]] {
		last--
	}
	for i := last; i >= 0 && at > 0; i-- {
		c := key[i]
		if !alnum[c] {
			continue
		}
		at--
		low[at] = c
		if 'A' <= c && c <= 'Z' {
			low[at] += 'a' - 'A'
		}
		if beginsWord(key, i) {
			starts |= 1 << at
		}
	}
	norm := string(low[at:])
	for _, n := range wholes {
		if norm == n.text {
			return n.label
		}
	}
	for _, n := range names {
		if strings.HasSuffix(norm, n.text) {
			if n.text == "token" && harmlessToken(norm, starts>>at) {
				return ""
			}
			return n.label
		}
	}
	return ""
}

// ambiguous reports whether key is only the word token, which can be a credential or a
// piece of text.
func ambiguous(key string) bool { return strings.EqualFold(strings.Trim(key, "-_. "), "token") }

// beginsWord reports whether a word of a name begins at i, as in next_page, nextPage
// and URLPage.
func beginsWord(key string, i int) bool {
	if i == 0 || !alnum[key[i-1]] {
		return true
	}
	isUpper := func(c byte) bool { return 'A' <= c && c <= 'Z' }
	return isUpper(key[i]) && (!isUpper(key[i-1]) || i+1 < len(key) && alnum[key[i+1]] && !isUpper(key[i+1]))
}

func harmlessToken(norm string, starts uint64) bool {
	rest := strings.TrimSuffix(norm, "token")
	for _, w := range harmless {
		if strings.HasSuffix(rest, w) && starts>>(len(rest)-len(w))&1 == 1 {
			return true
		}
	}
	return false
}
