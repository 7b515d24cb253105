package mutredact

import "strings"

// pair returns the value after the separator at i, if a credential's name is before it:
// password=…, "api_key": "…", Authorization: ….
func pair(text string, done, i int) (from, to int, label string) {
	called := nameBefore(text, done, i)
	if strings.EqualFold(strings.TrimLeft(called, " "), "value") {
		called = named(text, done, i)
	}
	if label = credential(called); label == "" {
		if label = signature(text, called, i); label == "" {
			return 0, 0, ""
		}
	}
	at := separator.run(text, i)
	if strings.HasPrefix(text[i:], "::") || strings.HasPrefix(text[i:], "://") {
		return 0, 0, "" // a path in C++ or Rust, or the scheme of a URL
	}
	prose := at < len(text) && blank[text[at]] && label != "password"
	from = blank.run(text, at)
	if ownMark(text[from:]) > 0 || refers(text[from:]) {
		return 0, 0, ""
	}
	switch label {
	case "authorization", "cookie":
		return header(text, from, label)
	}
	from, to = value(text, from)
	v := text[from:to]
	switch {
	case strings.EqualFold(v, called),
		prose && !quoted(text, from) && !likeKey(v),
		text[i] == ':' && ambiguous(called) && !likeToken(v),
		label != "password" && isCommand(text, from, v):
		return 0, 0, ""
	}
	return keep(text, from, to, label)
}

var (
	separator = setOf(":=>*")
	nameChars = setOf(digits + letters + "_-.")
)

// farName is the number of bytes before a separator in which a name is looked for.
const farName = 64

// nameBefore returns the name that ends before the separator at i. Quotes, spaces,
// stars of Markdown and the bracket of an index may be between them. The name may
// contain single spaces.
func nameBefore(text string, done, i int) string {
	low := max(done, i-farName)
	for i > low && blank[text[i-1]] {
		i--
	}
	if i-1 > low && text[i-1] == ']' && quote[text[i-2]] {
		i--
	}
	for i > low && (quote[text[i-1]] || text[i-1] == '\\' || text[i-1] == '*') {
		i--
	}
	end := i
	for i > low && (nameChars[text[i-1]] || text[i-1] == ' ' && i < end) {
		i--
	}
	return text[i:end]
}

// named returns a name that is itself a value, before the word "value" at i: {"name":
// "PASSWORD", "value": "…"}, <add key="Password" value="…"/>.
func named(text string, done, i int) string {
	low := max(done, i-farName)
	i = strings.LastIndexAny(text[low:i], "vV") + low
	for i > low && listed[text[i-1]] {
		i--
	}
	end := i
	for i > low && nameChars[text[i-1]] {
		i--
	}
	return text[i:end]
}

var listed = setOf("\"'\\, \t\r\n")

// signature returns the label for sig=… in a URL. With it, anyone can use a URL of
// Azure storage.
func signature(text, called string, i int) string {
	if called == "sig" && i > 3 && (text[i-4] == '&' || text[i-4] == '?') {
		return "signature"
	}
	return ""
}

// header returns the value of an HTTP header. It may have spaces and, after an equals
// sign, quoted strings.
func header(text string, i int, label string) (from, to int, _ string) {
	from, to = value(text, i)
	if quoted(text, from) || from < len(text) && opening[text[from]] {
		return keep(text, from, to, label)
	}
	to = headerEnd(text, from)
	if to-from <= longestPlaceholder && harmlessCredentials(text[from:to]) {
		return 0, 0, ""
	}
	return keep(text, from, to, label)
}

// harmlessCredentials reports whether the credentials in a header's value are a
// placeholder, as in "Bearer $TOKEN" or "Basic ...".
func harmlessCredentials(v string) bool {
	_, credentials, ok := strings.Cut(v, " ")
	credentials = strings.Trim(credentials, " ")
	return ok && (harmlessValue(credentials) || len(credentials) > 2 && strings.Trim(credentials, ".*xX") == "" || credentials[0] == '{')
}

func headerEnd(text string, i int) int {
	for i < len(text) && text[i] != '\n' && text[i] != '\r' && !quote[text[i]] {
		next := i + 1
		switch text[i] {
		case '\\':
			next = backslash.run(text, i)
			if next < len(text) && (headerEscape[text[next]] || quote[text[next]]) {
				return i
			}
		case '=':
			if _, to, ok := literal(text, next); ok {
				next = min(backslash.run(text, to)+1, len(text))
			}
		}
		i = next
	}
	return i
}

// likeKey reports whether v, after "token: " in a sentence or in code, is more likely a
// credential than the next word.
func likeKey(v string) bool {
	return len(v) >= 20 || len(v) >= 6 && hasDigit(v)
}

// likeToken reports whether v, under the name token, is a credential. A token of a
// model or of a parser is a piece of a word or of a number.
func likeToken(v string) bool {
	return strings.IndexByte(v, ' ') < 0 && (len(v) >= 24 || len(v) >= 10 && hasDigit(v))
}

// isCommand reports whether v, which begins at from, is a shell command in backquotes.
func isCommand(text string, from int, v string) bool {
	return from > 0 && text[from-1] == '`' && strings.IndexByte(v, ' ') > 0
}

// keep returns the range to hide, or none if the value is harmless.
func keep(text string, from, to int, label string) (int, int, string) {
	if from >= to || harmlessValue(text[from:to]) || ownMark(text[from:]) > 0 {
		return 0, 0, ""
	}
	if !quoted(text, from) {
		if to = beforeName(text, from, to); to == from {
			return 0, 0, ""
		}
	}
	return from, to, labelOf(text[from:withPrivateKey(text, from, to)], label)
}

// beforeName returns the start of a credential's name at the end of text[from:to], or
// to if there is none. In token=password: x the value comes after the second name.
func beforeName(text string, from, to int) int {
	v := strings.TrimRight(text[from:to], " \t")
	if last := len(v) - 1; last > 0 && (v[last] == ':' || v[last] == '=') {
		if called := lastName(nameBefore(v, 0, last)); called != "" {
			return from + strings.LastIndex(v, called)
		}
	}
	return to
}

// lastName returns the shortest credential's name, of one or more words, at the end of
// words, or "". Text before it belongs to a value.
func lastName(words string) string {
	for i := len(words); i >= 0; {
		i = strings.LastIndexByte(words[:i], ' ')
		if name := words[i+1:]; len(name) < farName && credential(name) != "" {
			return name
		}
	}
	return ""
}

// harmlessValue reports whether v is a literal such as null, or refers to the place of
// a value.
func harmlessValue(v string) bool {
	v = strings.TrimRight(v, ",;)}")
	switch v {
	case "", "0", "null", "nil", "None", "undefined", "true", "false", "True", "False", "string", "str":
		return true
	}
	return refers(v) || standsFor(v) || strings.Contains(v, "[Redacted")
}

// element returns the text of an XML element with a credential's name, whose start tag
// ends at i.
func element(text string, done, i int) (from, to int, label string) {
	called := nameBefore(text, done, i)
	if before := i - len(called) - 1; called == "" || before < done || text[before] != '<' {
		return 0, 0, ""
	}
	if label = credential(called); label == "" {
		return 0, 0, ""
	}
	k := strings.IndexByte(text[i:], '<')
	if k < 0 || !strings.HasPrefix(text[i+k:], "</") {
		return 0, 0, "" // <token> alone is a placeholder
	}
	return keep(text, i+1, i+k, label)
}

// flag returns the value after a flag such as --password. With an equals sign it is a
// pair.
func flag(text string, i int) (from, to int, label string) {
	if from, to = curlUser(text, i); to > 0 {
		return from, to, "credentials"
	}
	if !strings.HasPrefix(text[i:], "--") {
		return 0, 0, ""
	}
	end := dashed.run(text[:min(len(text), i+64)], i)
	if end == len(text) || text[end] != ' ' || strings.HasPrefix(text[end:], " -") {
		return 0, 0, ""
	}
	if label = credential(text[i:end]); label == "" {
		return 0, 0, ""
	}
	from, to = value(text, end+1)
	return keep(text, from, to, label)
}

// curlUser returns user:password after curl's flag at i.
func curlUser(text string, i int) (from, to int) {
	end := dashed.run(text[:min(len(text), i+8)], i)
	if f := text[i:end]; f != "-u" && f != "--user" {
		return 0, 0
	}
	if end == len(text) || text[end] != ' ' && text[end] != '=' {
		return 0, 0
	}
	from, to = value(text, end+1)
	user, password, ok := strings.Cut(text[from:to], ":")
	if !ok || len(user)+len(password) < 4 || harmlessPassword(password) || harmlessValue(user) && user != "" {
		return 0, 0
	}
	if !strings.Contains(text[max(0, i-farCurl):i], "curl ") {
		return 0, 0 // other commands have IDs of users and groups there
	}
	return from, to
}

// farCurl is the number of bytes before a flag in which the command is looked for.
const farCurl = 512

// harmlessPassword reports whether v is a placeholder for a password in documentation.
func harmlessPassword(v string) bool {
	v = strings.Trim(v, `"'`)
	switch strings.ToLower(v) {
	case "change", "changeit", "changeme", "pass", "password", "pwd", "test", "token":
		return true
	}
	return v != "" && (harmlessValue(v) || v[0] == '[' || v[0] == '$' || strings.Trim(v, "*xXyY") == "")
}
