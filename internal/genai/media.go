package genai

import (
	"strings"

	"github.com/valyala/fastjson"
)

// reference returns a part for a file that is elsewhere, or for the one that a data
// URL holds, which stays out.
func reference(url, mime string) Part {
	rest, ok := strings.CutPrefix(url, "data:")
	if !ok {
		return Part{Type: "uri", URI: url, MIMEType: mime}
	}
	head, data, _ := strings.Cut(rest, ",")
	if typ, _, _ := strings.Cut(head, ";"); typ != "" {
		mime = typ
	}
	_, length := cutLength(data)
	if _, whole := cutLength(url); length != int64(len(data)) {
		length = whole - int64(len("data:")+len(head)+len(",")) // what was counted is the URL
	}
	return Part{Type: "blob", MIMEType: mime, Size: decoded(data, length)}
}

// blob returns a part for a file in base64, which stays out.
func blob(data, mime string) Part {
	_, length := cutLength(data)
	return Part{Type: "blob", MIMEType: mime, Size: decoded(data, length)}
}

// decoded returns how many bytes base64 of a length stands for. Of data that was
// cut one cannot see the padding.
func decoded(data string, length int64) int64 {
	if int64(len(data)) == length {
		length -= int64(len(data) - len(strings.TrimRight(data, "=")))
	}
	return length * 3 / 4
}

// file returns a part for a file that the provider keeps.
func file(id string) Part { return Part{Type: "file", ID: id} }

// first returns the first of the values that is there.
func first(values ...*fastjson.Value) *fastjson.Value {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}
