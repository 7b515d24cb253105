package faults_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/testing/faults"
)

const (
	// patience is how long a client waits for an answer here. With a shorter time,
	// clients on a busy machine would only give up.
	patience = 2 * time.Second
	// insistence is how long a flush waits while the server fails.
	insistence = 400 * time.Millisecond
)

// TestEveryFault runs each fault with each spool. Every ended span must be accounted
// for, and must arrive after the server recovers.
func TestEveryFault(t *testing.T) {
	for _, fault := range append(faults.All, faults.Well) {
		for _, spool := range spools {
			for name, room := range spool.rooms {
				t.Run(fault.Name+"/"+spool.name+"/"+name, func(t *testing.T) {
					t.Parallel()
					endure(t, fault, spool, room)
				})
			}
		}
	}
}

// endure puts a client under load while the server works, fails, and works again.
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
	dir := t.TempDir()
	spool.use(&opts, dir)
	c, err := mutagent.New(&opts)
	require.NoError(t, err)
	load := startLoad(c, "load", 200, nil)

	load.await(50)
	_ = c.Flush(t.Context()) // with little room, spans may already be lost
	server.Play(fault)
	failed := insist(t, c, load, *flushes)
	for fault.Rejects && dropped(c.Stats()) == 0 {
		insist(t, c, load, 1) // it takes some halving until a single span is refused
	}
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
		if room == roomy {
			assert.Empty(t, stats.Dropped)
			assert.Zero(t, stats.Truncated)
		}
	}
	require.NoError(t, c.Shutdown(context.Background()))
	assertAddsUp(t, c.Stats())
	rest, err := filepath.Glob(filepath.Join(dir, "mutagent", "[^.]*")) // all files except the marker
	require.NoError(t, err)
	assert.Empty(t, rest, "nothing is left on disk of what is settled")
}

// insist flushes several times, each for a short time and with something to send. It
// returns the number of failed flushes.
func insist(t *testing.T, c *mutagent.Client, load *load, times int) (failed int) {
	for range times {
		load.await(40)
		ctx, cancel := context.WithTimeout(t.Context(), insistence)
		if c.Flush(ctx) != nil {
			failed++
		}
		cancel()
		assertAddsUp(t, c.Stats())
	}
	return failed
}
