package faults_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/faults"
)

const (
	// patience is how long a client waits for an answer here. Less, and on a busy
	// machine all that clients do is to give up.
	patience = 2 * time.Second
	// insistence is how long a flush waits while the server fails.
	insistence = 400 * time.Millisecond
)

// TestEveryFault: through each fault, with each spool, every span that ended is
// accounted for, and when the server is well again they arrive.
func TestEveryFault(t *testing.T) {
	for _, fault := range append(faults.All, faults.Well) {
		for _, spool := range spools {
			t.Run(fault.Name+"/"+spool.name, func(t *testing.T) {
				t.Parallel()
				t.Run("roomy", func(t *testing.T) { endure(t, fault, spool, 64<<20) })
				t.Run("tight", func(t *testing.T) { endure(t, fault, spool, 96<<10) })
			})
		}
	}
}

// endure puts a client under load while the server is well, failing, and well
// again.
func endure(t *testing.T, fault faults.Fault, spool spool, room int) {
	start := faults.New
	if fault.TLS {
		start = faults.NewTLS
	}
	server := start(t)
	opts := mutagent.Options{
		APIKey: "mt_test", Endpoint: server.URL, HTTPClient: server.Client(t, patience),
		MaxBatchBytes: 16 << 10, MaxQueueBytes: room,
	}
	spool.use(&opts, t.TempDir())
	c, err := mutagent.New(&opts)
	require.NoError(t, err)
	load := startLoad(c, "load", 300, nil)

	load.await(50)
	_ = c.Flush(t.Context()) // where room is tight, spans may be lost already
	server.Play(fault)
	failed := insist(t, c, load, 7)
	if fault.Refuse {
		assert.Positive(t, failed)
	} else {
		assert.Positive(t, server.Strikes())
	}
	server.Play(faults.Well)

	ended := load.finish()
	drain(t, c)
	assertArrived(t, c.Stats(), ended, &server.Ledger)
	assertNothingElse(t, ended, &server.Ledger)
	if stats := c.Stats(); !fault.Rejects {
		assert.NotContains(t, stats.Dropped, "rejected")
		assert.NotContains(t, stats.Dropped, "too_large")
		if room > 1<<20 {
			assert.Empty(t, stats.Dropped)
			assert.Zero(t, stats.Truncated)
		}
	} else {
		assert.Positive(t, dropped(stats))
	}
	require.NoError(t, c.Shutdown(context.Background()))
	assertAddsUp(t, c.Stats())
}

// insist flushes some times, each for a short while and with something to send,
// and returns how many of the flushes failed.
func insist(t *testing.T, c *mutagent.Client, load *load, times int) (failed int) {
	for range times {
		load.await(50)
		ctx, cancel := context.WithTimeout(t.Context(), insistence)
		if c.Flush(ctx) != nil {
			failed++
		}
		cancel()
		assertAddsUp(t, c.Stats())
	}
	return failed
}
