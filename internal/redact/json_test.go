package redact

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
)

// TestJSONTexts lists the texts that a function gets for a value, as key=text.
func TestJSONTexts(t *testing.T) {
	for _, tt := range []struct{ json, want string }{
		{`"a"`, "top=a"},
		{`["a","b"]`, "top=a top=b"},
		{`{"k":"a"}`, "=k k=a"},
		{`{"k" : "a" , "l":["b",{"m":"c"},"d"]}`, "=k k=a =l l=b =m m=c l=d"},
		{`{"k":{"l":"a"},"m":"b"}`, "=k =l l=a =m m=b"},
		{`[{"k":"a"},"b"]`, "=k k=a top=b"},
		{`{"k":4111111111111111,"l":7,"m":-1.5e3}`, "=k k=4111111111111111 =l =m"},
		{`[1,true,null,12345678901.25]`, "top=12345678901.25"},
		{`"\u0061\"\\"`, `top=a"\`},
		{`{"":"a"}`, "=a"},
		{`{}`, ""},
		{`7`, ""},
		{`"😀\ud83d\ude00"`, "top=😀😀"},
	} {
		var seen []string
		p := pass{funcs: []Func{func(key, text string) (string, int) {
			seen = append(seen, key+"="+text)
			return text, 0
		}}}
		got := p.json("top", freeze.JSON(tt.json))
		assert.Equal(t, tt.want, strings.Join(seen, " "), tt.json)
		assert.Equal(t, tt.json, string(got))
	}
}

func TestJSONMasked(t *testing.T) {
	shout := func(key, text string) (string, int) {
		if key == "secret" || text == "4111111111111111" {
			return `"` + strings.ToUpper(text), 1
		}
		return text, 0
	}
	for _, tt := range []struct{ json, want string }{
		{`{"secret":"a","b":"c"}`, `{"secret":"\"A","b":"c"}`},
		{`[ {"secret" : "a"} , 4111111111111111 , 1 ]`, `[ {"secret" : "\"A"} , "\"4111111111111111" , 1 ]`},
		{`{"secret":["a",{"b":"c"},"d"]}`, `{"secret":["\"A",{"b":"c"},"\"D"]}`},
	} {
		p := pass{funcs: []Func{shout}}
		assert.Equal(t, tt.want, string(p.json("", freeze.JSON(tt.json))))
	}
}

// TestCutJSON checks that in JSON cut by a size limit the rest is redacted under its
// keys.
func TestCutJSON(t *testing.T) {
	whole := freeze.JSON(`{"a":"x","b":{"password":["hunter2","caf\u00e9 \ud83d\ude00 \"q\""]},"n":123456789012}`)
	byKey := func(key, text string) (string, int) {
		if key == "password" && text != "" {
			return "*", 1
		}
		return text, 0
	}
	for n := range whole {
		p := pass{funcs: []Func{byKey}}
		clean := string(p.json("", whole[:n]))
		assert.NotContains(t, clean, "hun", clean)
		assert.NotContains(t, clean, "caf", clean)
		if i := strings.Index(string(whole), `["h`) + 2; n < i {
			assert.Equal(t, string(whole[:n]), clean)
		}
	}
}

// FuzzJSON masks every string with an a, in any value.
func FuzzJSON(f *testing.F) {
	f.Add(`{"a":["b\u0061",{"c":123456789012}]}`)
	f.Add(`"\u0061\\\"a"`)
	f.Fuzz(func(t *testing.T, text string) {
		var before any
		if json.Unmarshal([]byte(text), &before) != nil {
			return
		}
		p := pass{funcs: []Func{func(_, text string) (string, int) {
			return strings.ReplaceAll(text, "a", "_"), strings.Count(text, "a")
		}}}
		var after any
		clean := p.json("", freeze.JSON(text))
		require.NoError(t, json.Unmarshal([]byte(clean), &after), "%s became %s", text, clean)
		// The output of fmt has an a in false, map[ and NaN, which are removed.
		words := strings.NewReplacer("false", "", "map[", "", "NaN", "")
		require.NotContains(t, words.Replace(fmt.Sprint(after)), "a", "%s became %s", text, clean)
		if p.masked == 0 {
			require.Equal(t, text, string(clean))
		}
	})
}
