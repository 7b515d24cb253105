package main

import (
	"maps"
	"os"
	"slices"
	"testing"
)

// TestMain lets the test binary play the roles that the command starts itself in.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-role" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestEverySpanIsReceived(t *testing.T) {
	for _, impl := range slices.Sorted(maps.Keys(implementations)) {
		t.Run(impl, func(t *testing.T) {
			// An odd number is shared unevenly, and ends between two flushes.
			m, err := measure(impl, 9_001)
			if err != nil {
				t.Fatal(err)
			}
			if m.perSecond <= 0 || m.cpu <= 0 || m.peak <= 0 || m.size <= 0 {
				t.Errorf("measured %+v, want all of it positive", m)
			}
		})
	}
}
