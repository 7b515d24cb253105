package mutredact

// Secrets hides keys of well-known issuers, tokens, private keys, passwords in URLs,
// and values next to a name such as password or api_key, also in JSON inside a string.
// If key is such a name, it hides the whole text.
func Secrets(key, text string) (redacted string, masked int) {
	m := mask{text: text}
	if label := credential(key); label != "" && text != "" && (!ambiguous(key) || likeToken(text)) {
		if ownMark(text) != len(text) {
			m.hide(0, len(text), labelOf(text, label))
		}
		return m.result()
	}
	l := words()
	state := uint16(0)
	for i := 0; i < len(text); i++ {
		state = l.step(state, text[i])
		from, to, label := 0, 0, ""
		for _, n := range l.found[state] {
			c := &l.clues[n]
			if from, to, label = c.secret(text, m.done, i+1-len(c.word)); to > 0 {
				break
			}
		}
		if to == 0 && signs[text[i]] {
			from, to, label = secretAt(text, m.done, i)
		}
		if to > 0 {
			to = withPrivateKey(text, from, to)
			m.hide(from, to, label)
			i, state = to-1, 0
		}
	}
	return m.result()
}

// signs are bytes at which secrets without an issuer's prefix are recognized.
var signs = setOf(":=>-.")

// secretAt returns the secret recognized by the byte at i, or 0. text[:done] is already
// hidden.
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
	return 0, 0, ""
}

// labelOf returns the label if value as a whole is a known key, or otherwise.
func labelOf(value, otherwise string) string {
	if privateKey(value, 0) == len(value) {
		return "private key"
	}
	if from, to, label := keyAt(value, 0); from == 0 && to == len(value) {
		return label
	}
	return otherwise
}
