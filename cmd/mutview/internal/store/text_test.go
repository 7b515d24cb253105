package store

import (
	"encoding/json"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextOf(t *testing.T) {
	got := textOf([]byte(`{"a":{"gen_ai.model" : "gpt\u002d4o","n":4711,"big":9007199254740993,"x":[true,null,-1.5e3,"q\"uote"],"deep":{"é":"ü\n"}},"i":"{\"role\":\"user\"}"}`))
	want := "gen_ai.model gpt-4o\n4711\nbig 9007199254740993\ntrue\n-1.5e3\nq\"uote\ndeep é ü\n\n{\"role\":\"user\"}\n"
	if got != want {
		t.Errorf("%q instead of %q", got, want)
	}
	if n := len(textOf([]byte(`["` + strings.Repeat("x", 10*maxText) + `","` + strings.Repeat("y", 10*maxText) + `"]`))); n > 2*maxText+2 {
		t.Errorf("%d bytes of a long text", n)
	}
	if n := len(textOf([]byte(`{"` + strings.Repeat("x", 10*maxText) + `":1}`))); n > maxText+3 {
		t.Errorf("%d bytes of a long key", n)
	}
}

// FuzzTextOf checks that no text is left out, and that invalid JSON causes no failure.
func FuzzTextOf(f *testing.F) {
	f.Add([]byte(`{"a":["b",1,{"c\u00e9":"\ud83d\ude00"}]}`))
	f.Add([]byte(`"\`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got := textOf(body)
		var v any
		if len(body) > maxText/2 || !utf8.Valid(body) || json.Unmarshal(body, &v) != nil {
			return
		}
		var texts []string
		collectTexts(v, &texts)
		sort.Strings(texts)
		for _, text := range texts {
			if !strings.Contains(got, text+"\n") {
				t.Errorf("%q is missing in %q of %q", text, got, body)
			}
		}
	})
}

func collectTexts(v any, into *[]string) {
	switch v := v.(type) {
	case string:
		*into = append(*into, v)
	case []any:
		for _, item := range v {
			collectTexts(item, into)
		}
	case map[string]any:
		for _, item := range v {
			collectTexts(item, into)
		}
	}
}
