//go:build !race

package sender_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/sender"
)

// TestBodiesAreCopied checks that large bodies arrive unchanged over a real connection,
// and that none needs a buffer of its own, which would be of 32 KiB.
func TestBodiesAreCopied(t *testing.T) {
	pieces := [][]byte{bytes.Repeat([]byte("a"), 100_000), bytes.Repeat([]byte("b"), 200_001)}
	want, got := bytes.Join(pieces, nil), make([]byte, 300_001)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadFull(r.Body, got); err != nil || !bytes.Equal(want, got) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer srv.Close()
	s := sender.New(sender.Options{Destination: toy{url: srv.URL}})
	defer s.Close()
	post := func() {
		done := make(chan sender.Result, 1)
		s.Begin(time.Now(), 1, func() *destination.Body { return &destination.Body{Pieces: pieces} }, func(r sender.Result) { done <- r })
		require.NoError(t, (<-done).Err)
	}
	post() // connects
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const n = 50
	for range n {
		post()
	}
	runtime.ReadMemStats(&after)
	assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/n, uint64(30<<10), "bytes for each request")
}
