package faults_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/testing/faults"
)

// shortSoak is the number of rounds of TestSoak if no duration is set.
const shortSoak = 3

// TestSoak keeps a client under load while faults come and go, and watches the
// resources of the process. After each round every span must be accounted for.
func TestSoak(t *testing.T) {
	for _, spool := range spools {
		t.Run(spool.name, func(t *testing.T) {
			s := newSoaking(t, spool)
			for began := time.Now(); len(s.usage) < shortSoak || time.Since(began) < *soak; {
				s.round()
			}
			require.NoError(t, s.client.Shutdown(context.Background()))
			assertAddsUp(t, s.client.Stats())
			s.usage.assertFlat(t)
		})
	}
}

// A soaking is one client under load for a long time.
type soaking struct {
	*testing.T
	spool  spool
	rng    *rand.Rand
	server *faults.Server
	client *mutagent.Client
	before mutagent.Statistics
	usage  usages
}

func newSoaking(t *testing.T, spool spool) *soaking {
	server := faults.New(t)
	opts := mutagent.Options{
		APIKey: "mt_test", Endpoint: server.URL, HTTPClient: server.Client(t, patience),
		MaxQueueBytes: 8 << 20, // the longer faults need more
	}
	spool.use(&opts, t.TempDir())
	c, err := mutagent.New(&opts)
	require.NoError(t, err)
	return &soaking{T: t, spool: spool, rng: random(t), server: server, client: c}
}

// round runs some time with a fault and some time without, and then checks the result.
func (s *soaking) round() {
	fault := s.draw()
	load := startLoad(s.client, "soak", *rate, nil)
	s.server.Play(fault)
	load.await(s.some())
	s.server.Play(faults.Well)
	load.await(s.some())
	ended := load.finish()
	drain(s.T, s.client)

	now := s.client.Stats()
	assertArrived(s.T, since(now, s.before), ended, &s.server.Ledger)
	if s.spool.keeps && !fault.Rejects {
		assert.Zero(s, dropped(now)-dropped(s.before), "dropped, although there was a disk")
	}
	s.before = now
	s.server.Ledger.Forget()

	u := measure(s.T)
	s.usage = append(s.usage, u)
	s.Logf("%8d spans ended, %7d dropped, %v, after %s", now.Ended, dropped(now), u, fault.Name)
}

func (s *soaking) draw() faults.Fault {
	for {
		if f := faults.All[s.rng.IntN(len(faults.All))]; !f.TLS {
			return f
		}
	}
}

// some returns a number of spans to wait for. They take up to half a second, or up to
// five in a long run.
func (s *soaking) some() int {
	if *soak == 0 {
		return s.rng.IntN(*rate/2 + 1)
	}
	return s.rng.IntN(*rate*5 + 1)
}

// since returns the difference of two statistics. At both times no span was left.
func since(now, before mutagent.Statistics) mutagent.Statistics {
	now.Ended -= before.Ended
	now.Delivered -= before.Delivered
	now.Dropped = maps.Clone(now.Dropped)
	for reason, n := range before.Dropped {
		now.Dropped[reason] -= n
	}
	return now
}
