package sender_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/sender"
)

// poster returns a function that posts a large body over a real connection. The server
// refuses a body that does not arrive unchanged.
func poster(t *testing.T) (post func()) {
	pieces := [][]byte{bytes.Repeat([]byte("a"), 100_000), bytes.Repeat([]byte("b"), 200_001)}
	want, got := bytes.Join(pieces, nil), make([]byte, 300_001)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadFull(r.Body, got); err != nil || !bytes.Equal(want, got) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(srv.Close)
	s := sender.New(sender.Options{Destination: toy{url: srv.URL}})
	t.Cleanup(s.Close)
	return func() {
		done := make(chan sender.Result, 1)
		s.Begin(time.Now(), 1, func() *destination.Body { return &destination.Body{Pieces: pieces} }, func(r sender.Result) { done <- r })
		require.NoError(t, (<-done).Err)
	}
}

func TestLargeBodies(t *testing.T) {
	post := poster(t)
	for range 20 {
		post()
	}
}
