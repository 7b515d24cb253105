package mutredact

// Secrets hides keys of well-known issuers, tokens, private keys, passwords in
// URLs, and what stands beside a name such as password or api_key in text, also
// in JSON inside a string. Under such a key it hides the whole text.
func Secrets(key, text string) (redacted string, masked int) {
	m := mask{text: text}
	if label := credential(key); label != "" && text != "" {
		if ownMark(text) != len(text) {
			m.hide(0, len(text), labelOf(text, label))
		}
		return m.result()
	}
	for i := 0; i < len(text); i++ {
		if c := text[i]; !begins[c] || word[c] && i > m.done && !startsWord(text, i) {
			continue
		}
		if from, to, label := secretAt(text, m.done, i); to > 0 {
			to = withPrivateKey(text, from, to)
			m.hide(from, to, label)
			i = to - 1
		}
	}
	return m.result()
}

// begins has the bytes at which a look is worth it.
var begins = func() *set {
	s := setOf(":=>-.bB")
	for c := range forms {
		if forms[c] != nil {
			s[c] = true
		}
	}
	return s
}()

// secretAt returns the secret that the byte at i announces, and 0 for none. What
// is before done is hidden already.
func secretAt(text string, done, i int) (from, to int, label string) {
	switch text[i] {
	case ':':
		if from, to = userinfo(text, i); to > 0 {
			return from, to, "credentials"
		}
		return pair(text, done, i)
	case '=':
		return pair(text, done, i)
	case '>':
		return element(text, done, i)
	case '-':
		if to = privateKey(text, i); to > 0 {
			return i, to, "private key"
		}
		return flag(text, i)
	case '.':
		from, to = webToken(text, done, i)
		return from, to, "jwt"
	}
	return tokenAt(text, i)
}

// tokenAt returns the key or token that begins with the word at i.
func tokenAt(text string, i int) (from, to int, label string) {
	candidates := forms[text[i]]
	for k := range candidates {
		if i+1 < len(text) && text[i+1] != candidates[k].prefix[1] {
			continue // most words, without a call
		}
		if to = candidates[k].match(text, i); to > 0 {
			return i, to, candidates[k].label
		}
	}
	if text[i] == 'b' || text[i] == 'B' {
		from, to = authScheme(text, i)
		return from, to, "token"
	}
	return 0, 0, ""
}

// labelOf returns the label of the key that value is as a whole, or else.
func labelOf(value, otherwise string) string {
	if privateKey(value, 0) == len(value) {
		return "private key"
	}
	if from, to, label := tokenAt(value, 0); from == 0 && to == len(value) {
		return label
	}
	return otherwise
}
