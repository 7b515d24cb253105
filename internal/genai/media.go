package genai

import (
	"fmt"
	"strings"

	"github.com/valyala/fastjson"
)

// Reference returns a part for a file at a URL. Of a data URL, it does not keep the
// data.
func Reference(url, mime string) Part {
	rest, ok := strings.CutPrefix(url, "data:")
	if !ok {
		return Part{Type: "uri", URI: url, MIMEType: mime}
	}
	head, data, _ := strings.Cut(rest, ",")
	if typ, _, _ := strings.Cut(head, ";"); typ != "" {
		mime = typ
	}
	kept, length := cutLength(data)
	if _, whole := cutLength(url); length != int64(len(data)) {
		length = whole - int64(len("data:")+len(head)+len(",")) // length is that of the URL
	}
	if mime == "" {
		mime = sniff(kept)
	}
	return Part{Type: "blob", MIMEType: mime, Size: decoded(kept, length)}
}

// Blob returns a part for a file in base64. It does not keep the data.
func Blob(data, mime string) Part {
	kept, length := cutLength(data)
	if mime == "" {
		mime = sniff(kept)
	}
	return Part{Type: "blob", MIMEType: mime, Size: decoded(kept, length)}
}

// fileOrReference returns a part for a file given as a URL, a data URL or base64.
func fileOrReference(s, mime string) Part {
	if strings.HasPrefix(s, "data:") || strings.Contains(s[:min(len(s), 16)], "://") {
		return Reference(s, mime)
	}
	return Blob(s, mime)
}

// decoded returns the decoded size of base64 of the given length. The padding is at the
// end of data even if data was cut.
func decoded(data string, length int64) int64 {
	length -= int64(len(data) - len(strings.TrimRight(data, "=")))
	return length * 3 / 4
}

// sniff returns the media type of a file without one, by the base64 of its first bytes.
func sniff(data string) string {
	for _, known := range []struct{ begin, mime string }{
		{"iVBORw0KGgo", "image/png"}, {"/9j/", "image/jpeg"}, {"R0lGOD", "image/gif"}, {"UklGR", "image/webp"}, {"JVBERi0", "application/pdf"},
	} {
		if strings.HasPrefix(data, known.begin) {
			return known.mime
		}
	}
	return ""
}

// file returns a part for a file stored by the provider.
func file(id string) Part { return Part{Type: "file", ID: id} }

// minFile is the length from which on base64 counts as a file.
const minFile = 200

// WithoutFiles returns a text without files in base64. Each is replaced by its size. A
// prefix with the type stays.
func WithoutFiles(s string) string {
	var out strings.Builder
	for rest := s; ; {
		begin, end := longRun(rest)
		if end == 0 {
			if out.Len() == 0 {
				return s
			}
			out.WriteString(rest)
			return out.String()
		}
		out.WriteString(rest[:begin])
		run, length := rest[begin:end], int64(end-begin)
		rest = rest[end:]
		if whole, n := cutTail(rest); n > 0 { // the run had been cut before
			length, rest = whole-int64(begin), rest[n:]
		}
		fmt.Fprintf(&out, "%s%d bytes]", cutMark, decoded(run, length))
	}
}

// longRun returns the start and end of the first file in base64, or 0.
func longRun(s string) (begin, end int) {
	for i := 0; i < len(s); i++ {
		if !base64Digit(s[i]) {
			continue
		}
		n := i
		for n < len(s) && base64Digit(s[n]) {
			n++
		}
		long := n-i >= minFile && mixed(s[i:n]) && !inAddress(s[:i])
		if long || n-i >= 48 && strings.HasSuffix(s[:i], ";base64,") {
			for n < len(s) && s[n] == '=' {
				n++
			}
			return i, n
		}
		i = n
	}
	return 0, 0
}

// inAddress reports whether a text ends within a URL.
func inAddress(s string) bool {
	i := strings.LastIndex(s, "://")
	return i >= 0 && !strings.ContainsAny(s[i:], " \t\n\"'<>,")
}

func base64Digit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '-' || c == '_'
}

// mixed reports whether a run has characters of all kinds. A file has; a line of
// hyphens or a gene sequence has not.
func mixed(run string) bool {
	return strings.ContainsAny(run, "0123456789") && strings.ContainsAny(run, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(run, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// first returns the first value that is not nil.
func first(values ...*fastjson.Value) *fastjson.Value {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}
