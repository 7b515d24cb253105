//go:build !race

package otlp

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEncodeAllocatesNothing(t *testing.T) {
	s := chat()
	d := Traces(Options{})
	buf := d.Encode(nil, &s)
	require.Zero(t, testing.AllocsPerRun(100, func() { buf = d.Encode(buf[:0], &s) }))
}
