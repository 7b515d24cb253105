package w3c

import "strings"

const (
	maxMembers = 32
	maxText    = 256 // of a key, and of a value
)

// parseState combines the values of all tracestate headers, which are one list.
// It leaves out empty members, white space around members, and all but the first
// member of a key; the rest stays in order. It returns "" if any member is not
// valid, or if there are too many.
//
// What it returns is no longer than 32 members can be, some 16 KiB. There is no
// other limit: the specification asks for 512 characters at least.
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

// A list is the members of a tracestate, as far as they are read.
type list struct {
	members [maxMembers]string
	kept    int
	read    int // those left out because of their key included
}

// add reports whether the list is still valid.
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

// join returns the list as one header. Most often that is the header it was read
// from, which saves the copy.
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

// validValue checks the value of a member that was trimmed, so that it cannot end
// in a space, and was cut at commas.
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

// trim takes away what HTTP calls optional white space.
func trim(s string) string { return strings.Trim(s, " \t") }
