package auto

import (
	"context"
	"testing"
)

type refused struct{}

func (*refused) Error() string { return "refused" }

// A nil pointer is an error like any other, and is not asked what it is.
func TestNodeThatReturnsANilPointer(t *testing.T) {
	node := Node("n", func(context.Context, int) (int, error) { return 1, (*refused)(nil) })
	if _, err := node(context.Background(), 0); err != error((*refused)(nil)) {
		t.Error(err)
	}
}
