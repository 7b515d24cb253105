package w3c_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/w3c"
)

// FuzzExtract checks that Extract never panics, and that Inject does not change what
// Extract accepted.
func FuzzExtract(f *testing.F) {
	for _, c := range parents {
		f.Add(c.header.Get("traceparent"), "", "")
	}
	for _, c := range states {
		_, first, _ := strings.Cut(c.headers[0], ": ")
		_, last, _ := strings.Cut(c.headers[len(c.headers)-1], ": ")
		f.Add(valid, first, last)
	}
	f.Fuzz(func(t *testing.T, traceparent, first, last string) {
		p, ok := w3c.Extract(http.Header{"Traceparent": {traceparent}, "Tracestate": {first, last}})
		if !ok {
			assert.Zero(t, p)
			return
		}
		h := http.Header{}
		w3c.Inject(h, p)
		again, ok := w3c.Extract(h)
		require.True(t, ok)
		assert.Equal(t, p, again)
		assert.LessOrEqual(t, len(p.State), 32*(256+1+256)+31)
	})
}

// FuzzInject checks that Extract reads what Inject writes, for any IDs and flags.
func FuzzInject(f *testing.F) {
	f.Add([]byte("0123456789abcdef"), []byte("01234567"), byte(3))
	f.Add([]byte{15: 1}, []byte{7: 1}, byte(0xff))
	f.Fuzz(func(t *testing.T, traceID, spanID []byte, flags byte) {
		p := w3c.Parent{Flags: flags}
		copy(p.TraceID[:], traceID)
		copy(p.SpanID[:], spanID)
		h := http.Header{}
		w3c.Inject(h, p)
		got, ok := w3c.Extract(h)
		if p.TraceID == [16]byte{} || p.SpanID == [8]byte{} {
			assert.False(t, ok)
			return
		}
		require.True(t, ok)
		p.Flags &= w3c.Sampled | w3c.Random
		assert.Equal(t, p, got)
	})
}
