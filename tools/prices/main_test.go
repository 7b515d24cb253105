package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func gunzip(t *testing.T, packed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return text
}

// The embedded file is the result of converting upstream's file.
func TestEmbedded(t *testing.T) {
	upstream, err := os.ReadFile("../../mutprice/testdata/upstream.json.gz")
	require.NoError(t, err)
	want, err := os.ReadFile("../../mutprice/prices.jsonl.gz")
	require.NoError(t, err)
	got, err := convert("0.2.3", bytes.NewReader(gunzip(t, upstream)))
	require.NoError(t, err)
	assert.True(t, bytes.Equal(gunzip(t, want), gunzip(t, got)))
}

// Only data needed to price a call is kept, unchanged.
func TestConvert(t *testing.T) {
	packed, err := convert("1", strings.NewReader(`[
		{"id": "longer", "name": "L", "fallback_model_providers": ["a"], "extractors": [], "models": [
			{"id": "m", "name": "M", "match": {"equals": "m"}, "context_window": 1, "prices": {"input_mtok": 1.50}, "price_variants": []}
		]},
		{"id": "a", "models": []}
	]`))
	require.NoError(t, err)
	assert.Equal(t, `{"version":"1","providers":["longer","a"]}
{"id":"a","models":[]}
{"id":"longer","fallback_model_providers":["a"],"models":[{"id":"m","match":{"equals":"m"},"prices":{"input_mtok":1.50},"price_variants":[]}]}
`, string(gunzip(t, packed)))
	for _, bad := range []string{"", "{}", "[]"} {
		_, err := convert("1", strings.NewReader(bad))
		assert.ErrorContains(t, err, "the input", bad)
	}
}
