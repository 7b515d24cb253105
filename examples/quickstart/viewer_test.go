package main

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary run as the viewer.
func TestMain(m *testing.M) {
	if says, ok := os.LookupEnv("VIEWER_UNDER_TEST"); ok {
		fmt.Println(says)
		if says != "" {
			select {} // until it is killed
		}
		os.Exit(3)
	}
	os.Exit(m.Run())
}

// The viewer prints its address, and exits when the context ends.
func TestStart(t *testing.T) {
	t.Setenv("VIEWER_UNDER_TEST", "mutview is at http://127.0.0.1:1/")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	url, wait, err := start(ctx, os.Args[0])
	require.NoError(t, err)
	assert.Equal(t, "http://127.0.0.1:1/", url)
	cancel()
	assert.NoError(t, wait())
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	t.Setenv("VIEWER_UNDER_TEST", "")
	_, _, err := start(t.Context(), os.Args[0])
	assert.ErrorContains(t, err, "instead of its address")
	_, _, err = start(t.Context(), "there-is-no-such-program")
	assert.ErrorContains(t, err, "there-is-no-such-program")
}
