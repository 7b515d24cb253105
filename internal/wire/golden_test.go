package wire

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite testdata from what the encoder does now")

// TestGolden pins the JSON byte for byte: testdata/<case>.json is the body of a
// request, indented so that people can read it and diffs are small. The files
// are the format's reference; docs/wire.schema.json must accept them.
func TestGolden(t *testing.T) {
	if *update {
		rewrite(t)
	}
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(goldens)), names, "each case has its file, and each file its case; -update writes them")

	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile("testdata/" + name + ".json")
			require.NoError(t, err)
			body := goldens[name].body()
			require.True(t, utf8.Valid(body), "the body is no UTF-8")
			same(t, name, string(want), indent(t, body))
		})
	}
}

// same fails with the first line that differs, which is easier to read than two
// whole bodies.
func same(t *testing.T, name, want, got string) {
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(wants), len(gots)) {
		require.Equal(t, wants[i], gots[i], "testdata/%s.json:%d; if the change is wanted, run the test with -update, and see to docs/wire.md and its schema", name, i+1)
	}
	require.Equal(t, len(wants), len(gots), "testdata/%s.json: number of lines", name)
}

func rewrite(t *testing.T) {
	old, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	for _, file := range old {
		require.NoError(t, os.Remove(file))
	}
	for name, r := range goldens {
		require.NoError(t, os.WriteFile("testdata/"+name+".json", []byte(indent(t, r.body())), 0o644))
	}
}

// indent adds white space and changes nothing else.
func indent(t *testing.T, body []byte) string {
	var buf bytes.Buffer
	require.NoError(t, json.Indent(&buf, body, "", "  "), "the body is no JSON: %s", body)
	return buf.String() + "\n"
}

// A request is what a golden file is made from.
type request struct {
	header Header
	lost   Lost
	strip  bool // the batch, before it is sent
	spans  []Span
}

func (r request) body() []byte {
	b := batchOf(r.spans...)
	if r.strip {
		b.Strip()
	}
	if r.header.Source == "" {
		r.header.Source = "sdk"
	}
	return anywhere(bytesOf(b.Body("0190b5a8-1c2d-7e3f-8a4b-5c6d7e8f9a0b", &r.header, r.lost)))
}

func bytesOf(b *Body) []byte {
	r := b.Open()
	defer r.Close()
	all, _ := io.ReadAll(r)
	return all
}

func batchOf(spans ...Span) *Batch {
	b := new(Batch)
	for i := range spans {
		b.Add(&spans[i])
	}
	return b
}

var place = regexp.MustCompile(`"file":"[^"]*","line":\d+`)

// anywhere makes body independent of the version, of where this repository is,
// and of where in the test a PC was taken.
func anywhere(body []byte) []byte {
	body = bytes.Replace(body, []byte(`"version":"`+Version+`"`), []byte(`"version":"0.0.0"`), 1)
	return place.ReplaceAll(body, []byte(`"file":"/src/agent.go","line":42`))
}
