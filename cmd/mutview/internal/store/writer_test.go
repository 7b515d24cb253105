package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// While there is no connection requests fail, and nothing is tried in between.
func TestNoConnection(t *testing.T) {
	s := openTest(t, filepath.Join(t.TempDir(), "db"))
	add(t, s, span("t1", "a", "", 0, 1))
	do := func(action func(*writer) error) error {
		return s.do(context.Background(), &write{action: action, done: make(chan error, 1)})
	}
	if err := do(func(w *writer) error { return w.exec("BEGIN") }); err != nil { // so that none can begin
		t.Fatal(err)
	}
	s.write.Close() // so that there is no other
	s.stale.Store(true)
	for range 3 {
		if err := s.Add(context.Background(), []*trace.Span{span("t1", "b", "a", 0, 1)}, nil); err == nil {
			t.Fatal("it is kept")
		}
		if err := s.Settle(context.Background()); err == nil {
			t.Fatal("it is summed up")
		}
	}
	err := do(func(w *writer) error {
		if !w.idle() {
			return errors.New("it tries again and again")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
