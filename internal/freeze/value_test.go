package freeze

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Types of the program whose methods misbehave.
type (
	panickyJSON   struct{}
	panickyError  struct{}
	panickyString struct{}
	panickyLog    struct{}
	panickyText   struct{} // as a map key
	failingJSON   struct{}
	binaryJSON    struct{} // its JSON is not UTF-8
	brokenJSON    struct{} // its JSON is invalid
	errorWithJSON struct{ error }
	nilError      struct{ text string }
	cursed        struct{} // panics with itself, a runtime.Error whose Error method panics
)

func (panickyJSON) MarshalJSON() ([]byte, error)     { panic("no JSON today") }
func (panickyError) Error() string                   { panic(io.EOF) }
func (panickyString) String() string                 { panic(errors.New("no text today")) }
func (panickyLog) LogValue() slog.Value              { panic("no value today") }
func (panickyText) MarshalText() (_ []byte, _ error) { panic("no key today") }
func (failingJSON) MarshalJSON() ([]byte, error)     { return nil, errors.New("bad \xff weather") }
func (binaryJSON) MarshalJSON() ([]byte, error)      { return []byte("\"a\xffb\xc3\""), nil }
func (brokenJSON) MarshalJSON() ([]byte, error)      { return []byte(`{"a":`), nil }
func (errorWithJSON) MarshalJSON() ([]byte, error)   { return []byte(`{"code":7}`), nil }
func (e *nilError) Error() string                    { return e.text }
func (c cursed) MarshalJSON() ([]byte, error)        { panic(c) }
func (c cursed) Error() string                       { panic(c) }
func (c cursed) RuntimeError()                       {}

type node struct {
	Name string
	Next *node
}

func ring() *node {
	n := &node{Name: "n"}
	n.Next = n
	return n
}

func selfMap() map[string]any {
	m := map[string]any{}
	m["self"] = m
	return m
}

func selfSlice() []any {
	s := make([]any, 1)
	s[0] = s
	return s
}

func TestValue(t *testing.T) {
	tests := map[string]struct {
		give any
		want string // the whole JSON, or its beginning if this ends in …
	}{
		"nil":                   {nil, `null`},
		"number":                {42, `42`},
		"large number":          {uint64(math.MaxUint64), `18446744073709551615`},
		"big number":            {new(big.Int).Lsh(big.NewInt(1), 100), `1267650600228229401496703205376`},
		"struct":                {struct{ A, b int }{1, 2}, `{"A":1}`},
		"bytes":                 {[]byte("hi"), `"aGk="`},
		"time":                  {time.Date(2026, 11, 23, 9, 30, 0, 1, time.UTC), `"2026-11-23T09:30:00.000000001Z"`},
		"HTML is not escaped":   {"<b>&", `"<b>&"`},
		"control characters":    {"\x00\x1b[31m", `"\u0000\u001b[31m"`},
		"invalid UTF-8":         {"a\xffb", `"a\ufffdb"`},
		"error":                 {io.EOF, `"EOF"`},
		"error with own JSON":   {errorWithJSON{}, `{"code":7}`},
		"nil map":               {map[string]int(nil), `null`},
		"nil pointer":           {(*node)(nil), `null`},
		"nil *T that is error":  {(*nilError)(nil), `"<nil>"`},
		"RawMessage":            {json.RawMessage(`{"a": [1, 2]}`), `{"a":[1,2]}`},
		"RawMessage nil":        {json.RawMessage(nil), `null`},
		"RawMessage empty":      {json.RawMessage{}, `"!ERROR: json: …`},
		"RawMessage no JSON":    {json.RawMessage(`{"a":`), `"!ERROR: json: …`},
		"RawMessage not UTF-8":  {json.RawMessage("\"a\xff\xfeb\""), `"a` + "\uFFFD" + `b"`},
		"chan":                  {make(chan int), `"!ERROR: json: unsupported type: chan int"`},
		"func":                  {func() {}, `"!ERROR: json: unsupported type: func()"`},
		"chan deep inside":      {map[string]any{"a": []any{make(chan int)}}, `{"a":["!ERROR: json: unsupported type: chan int"]}`},
		"NaN":                   {math.NaN(), `"!ERROR: json: unsupported value: NaN"`},
		"Inf deep inside":       {[]float64{1, math.Inf(-1)}, `[1,"!ERROR: json: unsupported value: -Inf"]`},
		"MarshalJSON panics":    {panickyJSON{}, `"!PANIC: MarshalJSON of freeze.panickyJSON: no JSON today"`},
		"MarshalJSON fails":     {failingJSON{}, `"!ERROR: json: error calling MarshalJSON for type freeze.failingJSON: bad ` + "\uFFFD" + ` weather"`},
		"MarshalJSON not UTF-8": {binaryJSON{}, `"a` + "\uFFFD" + `b` + "\uFFFD" + `"`},
		"MarshalJSON no JSON":   {brokenJSON{}, `"!ERROR: json: error calling MarshalJSON …`},
		"panics deep inside":    {map[string]any{"a": []any{panickyJSON{}}}, `{"a":["!PANIC: MarshalJSON of freeze.panickyJSON: no JSON today"]}`},
		"MarshalText panics":    {map[panickyText]int{{}: 1}, `{"!PANIC: MarshalText of freeze.panickyText: no key today":1}`},
		"Error panics":          {panickyError{}, `"!PANIC: Error of freeze.panickyError: EOF"`},
		"the panic panics":      {cursed{}, `"!PANIC: MarshalJSON of freeze.cursed: freeze.cursed"`},
		"pointer to itself":     {ring(), `{"Name":"n","Next":"!ERROR: json: unsupported value: encountered a cycle via *freeze.node"}`},
		"map that holds itself": {selfMap(), `{"self":"!ERROR: json: unsupported value: encountered a cycle via map[string]interface {}"}`},
		"slice that holds self": {selfSlice(), `["!ERROR: json: unsupported value: encountered a cycle via []interface {}"]`},
		"200 levels":            {deep(200), strings.Repeat("[", 200) + strings.Repeat("]", 200)},
		"more levels":           {deep(201), strings.Repeat("[", 200) + `"!ERROR: more than 200 levels"` + strings.Repeat("]", 200)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := string(Value(tt.give))
			if start, open := strings.CutSuffix(tt.want, "…"); open {
				require.Equal(t, start, got[:min(len(start), len(got))])
			} else {
				require.Equal(t, tt.want, got)
			}
			require.True(t, utf8.ValidString(got))
		})
	}
}

// deep returns n nested slices.
func deep(n int) any {
	v := []any{}
	for range n - 1 {
		v = []any{v}
	}
	return v
}

func TestValueOfHugeText(t *testing.T) {
	text := strings.Repeat("0123456789", 1<<20)
	require.True(t, string(Value(text)) == `"`+text+`"`, "10 MB of text arrive whole")
	require.Equal(t, `"small"`, string(Value("small")), "and leave nothing behind")
}
