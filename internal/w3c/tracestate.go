package w3c

import "strings"

const (
	maxMembers = 32
	maxText    = 256 // of a key, and of a value
)

// parseState combines all tracestate headers, which are one list. It removes empty
// members, white space around members, and duplicate keys after the first. The order
// stays. It returns "" if any member is invalid, or if there are too many.
//
// The result is bounded by the length of 32 members, about 16 KiB. There is no other
// limit: the specification requires at least 512 characters.
func parseState(headers []string) string {
	var l list
	for _, header := range headers {
		for header != "" {
			var member string
			member, header, _ = strings.Cut(header, ",")
			if member = trim(member); member != "" && !l.add(member) {
				return ""
			}
		}
	}
	return l.join(headers)
}

// A list holds the members of a tracestate read so far.
type list struct {
	members [maxMembers]string
	kept    int
	read    int // including removed duplicates
}

// add adds a member. It reports whether the list is still valid.
func (l *list) add(member string) bool {
	key, value, _ := strings.Cut(member, "=")
	if l.read++; l.read > maxMembers || !validKey(key) || !validValue(value) {
		return false
	}
	if !l.has(member[:len(key)+1]) {
		l.members[l.kept] = member
		l.kept++
	}
	return true
}

// has reports whether a member begins with prefix, which is a key and its "=".
func (l *list) has(prefix string) bool {
	for _, member := range l.members[:l.kept] {
		if strings.HasPrefix(member, prefix) {
			return true
		}
	}
	return false
}

// join returns the list as one header. Most often that is the header it was read from,
// and nothing is copied.
func (l *list) join(headers []string) string {
	if len(headers) == 1 && len(headers[0]) == l.size() {
		return headers[0]
	}
	return strings.Join(l.members[:l.kept], ",")
}

// size is the length of the joined list.
func (l *list) size() int {
	n := l.kept - 1 // commas
	for _, member := range l.members[:l.kept] {
		n += len(member)
	}
	return n
}

func validKey(s string) bool {
	if s == "" || len(s) > maxText || !alphanumeric(s[0]) {
		return false
	}
	for i := range len(s) {
		if !alphanumeric(s[i]) && strings.IndexByte("_-*/@", s[i]) < 0 {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

// validValue reports whether the value of a member is valid. The member was trimmed and
// split at commas, so the value has no comma and no trailing space.
func validValue(s string) bool {
	if s == "" || len(s) > maxText {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '=' {
			return false
		}
	}
	return true
}

// trim removes optional white space as defined by HTTP.
func trim(s string) string { return strings.Trim(s, " \t") }
