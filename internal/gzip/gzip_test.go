package gzip_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/gzip"
)

// unzip decompresses with the standard library.
func unzip(t testing.TB, compressed []byte) []byte {
	r, err := stdgzip.NewReader(bytes.NewReader(compressed))
	require.NoError(t, err)
	plain, err := io.ReadAll(r) // checks the sum and the size, too
	require.NoError(t, err)
	return plain
}

// compress compresses text in pieces of n bytes.
func compress(text []byte, n int) []byte {
	var pieces [][]byte
	for len(text) > n {
		pieces, text = append(pieces, text[:n]), text[n:]
	}
	return gzip.Append(nil, append(pieces, text))
}

// texts are inputs of every kind: none, few bytes, one byte only, random ones, words,
// all in sizes around those of the window, of a block and of the longest distance.
func texts() map[string][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	all := map[string][]byte{}
	for _, n := range []int{0, 1, 2, 7, 8, 9, 258, 259, 260, 1000, 16 << 10, 32<<10 - 1, 32<<10 + 9, 64 << 10, 96 << 10, 96<<10 + 1, 300_000} {
		random, words := make([]byte, n), make([]byte, 0, n+10)
		for i := range random {
			random[i] = byte(rng.Uint32())
		}
		for len(words) < n {
			words = fmt.Appendf(words, "word%d ", rng.IntN(500))
		}
		all[fmt.Sprint("random ", n)] = random
		all[fmt.Sprint("words ", n)] = words[:n]
		all[fmt.Sprint("zeros ", n)] = make([]byte, n)
		all[fmt.Sprint("far ", n)] = append(append(bytes.Clone(random), random...), random...)
	}
	// Counts like Fibonacci's numbers make the deepest Huffman trees.
	var deep []byte
	for a, b, i := 1, 1, byte(0); len(deep) < 1<<20; a, b, i = b, a+b, i+1 {
		deep = append(deep, bytes.Repeat([]byte{i}, a)...)
	}
	rng.Shuffle(len(deep), func(i, j int) { deep[i], deep[j] = deep[j], deep[i] })
	all["deep"] = deep
	return all
}

func TestUnzips(t *testing.T) {
	for name, text := range texts() {
		for _, n := range []int{1 << 30, 1000} {
			require.True(t, bytes.Equal(text, unzip(t, compress(text, n))), name)
		}
	}
	require.Equal(t, "head", string(gzip.Append([]byte("head"), nil)[:4]), "Append appends")
}

// TestSize compares with level 2 of the standard library, which was used before.
func TestSize(t *testing.T) {
	for name, text := range requests(t) {
		var std bytes.Buffer
		w, err := stdgzip.NewWriterLevel(&std, 2)
		require.NoError(t, err)
		_, _ = w.Write(text)
		require.NoError(t, w.Close())
		require.LessOrEqual(t, len(compress(text, 2000)), std.Len()*104/100, name)
	}
	random := texts()["random 300000"]
	require.LessOrEqual(t, len(compress(random, 2000)), len(random)*1005/1000)
}

func FuzzUnzips(f *testing.F) {
	f.Add([]byte("a span, a span, another span"), 3)
	f.Fuzz(func(t *testing.T, text []byte, n int) {
		for range 3 { // repetitions
			text = append(text, text...)
		}
		require.True(t, bytes.Equal(text, unzip(t, compress(text, max(1, n)))))
	})
}
