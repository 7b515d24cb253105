package genai

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite what testdata wants from what is read now")

// An example is a call from a provider's documentation.
type example struct {
	url, request, contentType, answer string

	usage string // written by hand from the provider's documentation
	want  string
}

// examples returns the examples in testdata by file name. A file has the fields of an
// example after lines such as "-- url --".
func examples(t testing.TB) map[string]example {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	all := map[string]example{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var e example
		for _, section := range strings.Split("\n"+string(text), "\n-- ")[1:] {
			name, body, _ := strings.Cut(section, " --\n")
			switch {
			case name == "url":
				e.url = body
			case name == "request":
				e.request = body
			case name == "usage":
				e.usage = strings.TrimSpace(body)
			case name == "want":
				e.want = body
			default:
				e.contentType, e.answer = strings.TrimPrefix(name, "answer "), body
			}
		}
		all[strings.TrimSuffix(filepath.Base(file), ".txt")] = e
	}
	return all
}

// call returns the call of an example before its answer.
func (e *example) call(t testing.TB) *Call {
	t.Helper()
	u, err := url.Parse(e.url)
	require.NoError(t, err)
	c := Recognise(u)
	require.NotNil(t, c)
	if e.request != "" {
		var x Excerpt
		_, _ = x.Write([]byte(e.request))
		require.True(t, c.Request(&x))
		require.Equal(t, e.request, string(x.Bytes()), "nothing is long enough to be cut")
	}
	c.Answer(e.contentType)
	return c
}

// told returns everything read of a call as JSON without empty members.
func told(t testing.TB, c *Call) string {
	t.Helper()
	attrs := map[string]any{}
	for _, a := range append(c.Attributes(), c.Quoted()...) {
		attrs[a.Key] = a.Value.Any()
	}
	text, err := json.Marshal(map[string]any{
		"name": c.Name(), "kind": c.Kind, "provider": c.Provider, "model": c.Model, "id": c.ID, "stream": c.Stream,
		"input": c.Input, "tools": c.Tools, "attributes": attrs,
		"output": c.Output(), "finish": c.FinishReasons(), "failure": c.Failure, "done": c.Done(), "cut": c.Cut, "missing": c.Missing(),
	})
	require.NoError(t, err)
	var v any
	require.NoError(t, json.Unmarshal(text, &v))
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	require.NoError(t, enc.Encode(withoutEmpty(v)))
	return buf.String()
}

// withoutEmpty returns v without empty members.
func withoutEmpty(v any) any {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(key string, member any) bool {
			return member == nil || member == "" || member == false || key == "Size" && member == 0.0
		})
		for key := range v {
			v[key] = withoutEmpty(v[key])
		}
	case []any:
		for i := range v {
			v[i] = withoutEmpty(v[i])
		}
	}
	return v
}

// said returns the result of a call's answer, for comparison.
func said(c *Call) string {
	return fmt.Sprint(c.Output(), c.FinishReasons(), c.Usage, c.Model, c.ID, c.Failure, c.Done(), c.Cut, c.Attributes(), c.Quoted())
}

func (u Usage) String() string {
	text := fmt.Sprintf("input %d output %d total %d", u.Input, u.Output, u.Total)
	for _, n := range []struct {
		name string
		n    int64
	}{{"cached", u.CacheRead}, {"written", u.CacheWrite}, {"for an hour", u.CacheWrite1h}, {"reasoning", u.Reasoning},
		{"audio in", u.InputAudio}, {"audio out", u.OutputAudio}, {"image in", u.InputImage}, {"image out", u.OutputImage}, {"video in", u.InputVideo},
		{"audio cached", u.CacheReadAudio}, {"image cached", u.CacheReadImage}, {"citations", u.Citation}, {"searches", u.WebSearches}, {"file searches", u.FileSearches}} {
		if n.n != 0 {
			text += fmt.Sprintf(" %s %d", n.name, n.n)
		}
	}
	if u.Told {
		text += fmt.Sprintf(" cost %g", u.CostUSD)
	}
	for _, s := range []struct{ name, s string }{{"tier", u.Tier}, {"speed", u.Speed}, {"geo", u.Geo}, {"uncounted:", u.Uncounted}} {
		if s.s != "" {
			text += fmt.Sprintf(" %s %s", s.name, s.s)
		}
	}
	if u.Elsewhere {
		text += " paid elsewhere"
	}
	return text
}

// TestExamples checks that each example is read as its file says.
func TestExamples(t *testing.T) {
	for name, e := range examples(t) {
		t.Run(name, func(t *testing.T) {
			c := e.call(t)
			c.Write([]byte(e.answer))
			c.Close()
			got := told(t, c)
			assert.Equal(t, e.usage, c.Usage.String())
			if *update {
				rewrite(t, name, got)
				return
			}
			assert.Equal(t, e.want, got, "testdata/%s.txt; if the change is wanted, run the test with -update", name)
		})
	}
}

func rewrite(t *testing.T, name, want string) {
	t.Helper()
	file := "testdata/" + name + ".txt"
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	head, _, _ := strings.Cut(string(text), "-- want --\n")
	require.NoError(t, os.WriteFile(file, []byte(head+"-- want --\n"+want), 0o644))
}

// TestSplits checks that the result does not depend on where the answer is split and
// how its lines end.
func TestSplits(t *testing.T) {
	for name, e := range examples(t) {
		e.request = "" // the result does not depend on it
		t.Run(name, func(t *testing.T) {
			ends := []string{"\n"}
			if strings.Contains(e.contentType, "stream") || strings.Contains(e.contentType, "ndjson") {
				ends = append(ends, "\r\n", "\r")
			}
			for _, end := range ends {
				answer := []byte(strings.ReplaceAll(e.answer, "\n", end))
				whole := e.call(t)
				whole.Write(answer)
				whole.Close()
				want := said(whole)
				for i := range answer {
					c := e.call(t)
					c.Write(answer[:i])
					c.Write(answer[i:])
					c.Close()
					if got := said(c); want != got {
						t.Fatalf("split at %d, lines end in %q: want %s, got %s", i, end, want, got)
					}
				}
				bytewise := e.call(t)
				for i := range answer {
					bytewise.Write(answer[i : i+1])
				}
				bytewise.Close()
				assert.Equal(t, want, said(bytewise), "byte by byte, lines end in %q", end)
				lf := e.call(t)
				lf.Write([]byte(e.answer))
				lf.Close()
				assert.Equal(t, said(lf), want, "lines end in %q", end)
			}
		})
	}
}
