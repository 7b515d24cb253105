package freeze

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fastjson"
)

func TestErrorText(t *testing.T) {
	for name, tt := range map[string]struct {
		give error
		want string
	}{
		"nil":                 {nil, ""},
		"error":               {io.EOF, "EOF"},
		"nil pointer":         {(*nilError)(nil), "<nil>"},
		"panics":              {panickyError{}, "!PANIC: Error of freeze.panickyError: EOF"},
		"panics with itself":  {cursed{}, "!PANIC: Error of freeze.cursed: freeze.cursed"},
		"joined with a panic": {errors.Join(io.EOF, panickyError{}), "!PANIC: Error of *errors.joinError: EOF"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.want, ErrorText(tt.give)) })
	}
}

// TestText covers values that programs panic with.
func TestText(t *testing.T) {
	for name, tt := range map[string]struct {
		give any
		want string
	}{
		"nil":                   {nil, "null"},
		"text":                  {"out of \x1b[31mluck\xff", "out of \x1b[31mluck\xff"}, // the encoders escape it
		"number":                {42, "42"},
		"error":                 {io.EOF, "EOF"},
		"Stringer":              {json.Number("7"), "7"},
		"struct":                {node{Name: "n"}, `{"Name":"n","Next":null}`},
		"nil pointer":           {(*nilError)(nil), "<nil>"},
		"String panics":         {panickyString{}, "!PANIC: String of freeze.panickyString: no text today"},
		"Error panics":          {panickyError{}, "!PANIC: Error of freeze.panickyError: EOF"},
		"MarshalJSON panics":    {panickyJSON{}, `"!PANIC: MarshalJSON of freeze.panickyJSON: no JSON today"`},
		"chan":                  {(chan int)(nil), `"!ERROR: json: unsupported type: chan int"`},
		"map that holds itself": {selfMap(), `{"self":"!ERROR: json: unsupported value: encountered a cycle via map[string]interface {}"}`},
		"slice that holds self": {selfSlice(), `["!ERROR: json: unsupported value: encountered a cycle via []interface {}"]`},
		"pointer to itself":     {ring(), `{"Name":"n","Next":"!ERROR: json: unsupported value: encountered a cycle via *freeze.node"}`},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.want, Text(tt.give)) })
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		text string
		n    int
		want string
	}{
		{"", 0, ""},
		{"abc", 5, "abc"},
		{"abc", 3, "abc"},
		{"abc", 2, "ab"},
		{"abc", 0, ""},
		{"abc", -1, ""},
		{"aé", 3, "aé"},
		{"aé", 2, "a"},
		{"日本", 5, "日"},
		{"日本", 2, ""},
		{"a🙂", 4, "a"},
		{"a\x80\x80b", 2, ""}, // invalid, and so treated as the end of a character
	} {
		require.Equal(t, tt.want, Cut(tt.text, tt.n), "Cut(%q, %d)", tt.text, tt.n)
	}
}

func FuzzCut(f *testing.F) {
	f.Add("a🙂é日本", 3)
	f.Add("\x80\xff", 1)
	f.Fuzz(func(t *testing.T, text string, n int) {
		got := Cut(text, n)
		require.True(t, strings.HasPrefix(text, got))
		require.LessOrEqual(t, len(got), max(n, 0))
		if utf8.ValidString(text) {
			require.True(t, utf8.ValidString(got), "%q is split in a character", got)
			require.Less(t, min(n, len(text))-len(got), utf8.UTFMax, "more was cut than one character")
		}
	})
}

// FuzzValue passes bytes through a json.Marshaler; encoding/json only checks their
// syntax.
func FuzzValue(f *testing.F) {
	f.Add([]byte(`{"a":[1,null,"b\u0000"]}`), "key")
	f.Add([]byte("\"\xff\""), "\xc3")
	f.Add([]byte(`"\ud800"`), "\u2028")
	f.Add([]byte("\x00"), "")
	f.Fuzz(func(t *testing.T, raw []byte, key string) {
		got := Value(map[string]any{key: json.RawMessage(raw)})
		require.True(t, utf8.ValidString(string(got)), "%q is no UTF-8", got)
		require.NoError(t, fastjson.Validate(string(got)), "%q is no JSON", got)
	})
}
