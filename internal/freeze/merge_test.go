package freeze

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func sizeOfAll(attrs []slog.Attr) (size int) {
	for _, a := range attrs {
		size += Size(a)
	}
	return size
}

// TestMerge checks that the counted bytes are the bytes that are kept.
func TestMerge(t *testing.T) {
	long := func(n int) slog.Attr { return slog.String(fmt.Sprint("k", n%50), strings.Repeat("x", n)) }
	for _, tt := range []struct{ before, more []int }{
		{nil, nil}, {nil, []int{1, 2}}, {[]int{1, 2}, []int{51, 3}}, {[]int{7}, []int{57, 107, 157}}, {nil, []int{5, 55, 105}},
		{[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, []int{11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 51, 52, 101, 102, 61, 71, 72, 73, 123}},
	} {
		var before, more []slog.Attr
		for _, n := range tt.before {
			before = append(before, long(n))
		}
		want := map[string]string{}
		for _, n := range tt.more {
			more = append(more, long(n))
		}
		for _, a := range append(before[:len(before):len(before)], more...) {
			want[a.Key] = a.Value.String()
		}
		had, grown := sizeOfAll(before), Growth(before, more)
		merged := Merge(before, more)
		require.Equal(t, sizeOfAll(merged), had+grown)
		require.Len(t, merged, len(want))
		for _, a := range merged {
			require.Equal(t, want[a.Key], a.Value.String())
		}
	}
}

// TestMergeMany checks that merging many keys takes linear time.
func TestMergeMany(t *testing.T) {
	attrs := make([]slog.Attr, 60_000)
	for i := range attrs {
		attrs[i] = slog.Int(fmt.Sprint(i), i)
	}
	began := time.Now()
	require.Equal(t, sizeOfAll(attrs), Growth(nil, attrs))
	require.Len(t, Merge(nil, attrs), len(attrs))
	require.Less(t, time.Since(began), time.Second)
}
