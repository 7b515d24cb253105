package mutagentapi

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go/internal/destination"
)

// Whatever number a server says, at most all spans were rejected, and at least none.
func TestRejected(t *testing.T) {
	for text, want := range map[string]int{
		`0`: 0, `3`: 3, `10`: 10, `11`: 10, `-1`: 0, `1e18`: 10, `1e999`: 10, `0.5`: 1, `"3"`: 0, `null`: 0,
	} {
		s := New(Options{})
		out := s.Read(destination.Answer{Status: 200, Body: []byte(`{"accepted":7,"rejected":` + text + `}`)}, 10)
		assert.Equal(t, destination.Accepted, out.Verdict, text)
		assert.Equal(t, want, out.Rejected, text)
	}
}
