package genai

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

// TestWithoutFiles checks that a file within a result is replaced by its type and size,
// wherever it is.
func TestWithoutFiles(t *testing.T) {
	file := strings.Repeat("aB3/", 100) + "+A=="
	size := fmt.Sprintf("… [%d bytes]", 100*3+1)
	for given, want := range map[string]string{
		file:                                     size,
		"data:image/png;base64," + file:          "data:image/png;base64," + size,
		`{"data":"` + file + `","mime":"x/y"}`:   `{"data":"` + size + `","mime":"x/y"}`,
		"one " + file + " two " + file:           "one " + size + " two " + size,
		file[:240] + "… [404 bytes]":             "… [303 bytes]",
		"https://a.test/" + file:                 "https://a.test/" + file,
		strings.Repeat("-", 500):                 strings.Repeat("-", 500),
		strings.Repeat("ACGT", 100):              strings.Repeat("ACGT", 100),
		strings.Repeat("No file at all. ", 1000): strings.Repeat("No file at all. ", 1000),
		"data:image/png;base64,aGVsbG8=":         "data:image/png;base64,aGVsbG8=",
		"":                                       "",
	} {
		assert.Equal(t, want, WithoutFiles(given), "%.60s", given)
	}
}

// TestCutFile checks that the size of a cut file is exact, because the padding at its
// end is kept.
func TestCutFile(t *testing.T) {
	for _, padding := range []string{"", "=", "=="} {
		data := strings.Repeat("QUJD", 5000)[:20000-len(padding)] + padding
		var e Excerpt
		for i := range len(data) { // byte by byte
			if i == 0 {
				_, _ = e.Write([]byte(`{"data":"`))
			}
			_, _ = e.Write([]byte{data[i]})
		}
		_, _ = e.Write([]byte(`"}`))
		kept := strings.TrimSuffix(strings.TrimPrefix(string(e.Bytes()), `{"data":"`), `"}`)
		assert.Less(t, len(kept), 5000)
		assert.EqualValues(t, (20000-len(padding))*3/4, Blob(kept, "").Size)
	}
}

// FuzzWithoutFiles checks that only files are removed from a text, and that characters
// are never split.
func FuzzWithoutFiles(f *testing.F) {
	file := strings.Repeat("aB3/", 60)
	for _, seed := range []string{file, "é" + file + "é", file + "… [9 bytes]", file + "… [", "data:;base64," + file, "://" + file} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := WithoutFiles(s)
		assert.Equal(t, utf8.ValidString(s), utf8.ValidString(out))
		if len(s) < 48 {
			assert.Equal(t, s, out)
		}
	})
}
