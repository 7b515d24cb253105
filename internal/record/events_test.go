package record

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEventsGrow checks that events keep their memory and their order as the list
// grows.
func TestEventsGrow(t *testing.T) {
	const n = 10_000
	var list Events
	var first *Event
	for i := range n {
		require.Equal(t, i, list.Len())
		list.Add(Event{Name: strconv.Itoa(i)})
		if i == 0 {
			first = &list[0][0]
		}
	}
	require.Same(t, first, &list[0][0], "the first event was moved")
	i := 0
	for _, piece := range list {
		for _, e := range piece {
			require.Equal(t, strconv.Itoa(i), e.Name)
			i++
		}
	}
	require.Equal(t, n, i)
	require.Less(t, len(list), n/32, "pieces for %d events", n)
}
