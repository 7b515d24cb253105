package backends

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	kills     = 5
	normal    = 512 // MiB that a relay may have
	tooLittle = 2   // MiB that it has before it has accepted anything
)

// sometime is until the next event of a test under load.
func sometime() <-chan time.Time {
	return time.After(time.Duration(100+rand.IntN(500)) * time.Millisecond)
}

// TestCollectorKilled kills a Collector again and again, under load, and starts it again:
// whatever ended arrives, and the sender's counts are exact.
func TestCollectorKilled(t *testing.T) {
	last := address(t, "MUTAGENT_TEST_COLLECTOR")
	relay, oracle := newRelay(t, last), newOracle(t)
	s := newSender(t, relay.url, "")
	s.start() // the Collector is not there yet
	for range kills {
		<-sometime()
		relay.start(normal)
		<-sometime()
		relay.kill()
	}
	<-sometime()
	relay.start(normal)
	stats := s.finish()
	ended := s.ended()
	again := oracle.expect(s.name, ended)
	t.Logf("%d kills: %d spans ended and arrived, %d came again, in %d requests", kills, len(ended), again, stats.Requests)
	require.Greater(t, len(ended), 1000)
	require.EqualValues(t, len(ended), stats.Ended)
	require.EqualValues(t, len(ended), stats.Delivered)
	require.Zero(t, dropped(stats))
}

// TestSenderKilledToo kills the traced program as well. Its spool has what had ended, and
// the next of it delivers that.
func TestSenderKilledToo(t *testing.T) {
	last := address(t, "MUTAGENT_TEST_COLLECTOR")
	relay, oracle := newRelay(t, last), newOracle(t)
	s := newSender(t, relay.url, t.TempDir())
	for i := range kills {
		s.start()
		<-sometime()
		relay.start(normal)
		<-sometime()
		if rand.IntN(2) == 0 || i == kills-1 { // at last something is left
			relay.kill()
			<-sometime()
			s.kill()
		} else {
			s.kill()
			relay.kill()
		}
	}
	relay.start(normal)
	s.start()
	<-sometime()
	stats := s.finish()
	ended := s.ended()
	again := oracle.expectAlso(s.name, ended)
	t.Logf("%d kills of both: %d spans ended and arrived, %d came again, %d from the spool", kills, len(ended), again, stats.Replayed)
	require.Positive(t, stats.Replayed)
	require.Equal(t, stats.Ended, stats.Delivered)
	require.Zero(t, dropped(stats)+stats.ReplayLost)
}

// TestCollectorShortOfMemory: a Collector that refuses is back-pressure. It loses nothing.
func TestCollectorShortOfMemory(t *testing.T) {
	last := address(t, "MUTAGENT_TEST_COLLECTOR")
	relay, oracle := newRelay(t, last), newOracle(t)
	relay.start(tooLittle)
	s := newSender(t, relay.url, "")
	s.start()
	<-time.After(2 * time.Second) // of load
	ended := s.ended()
	require.Less(t, len(oracle.arrived(s.name)), len(ended)/2, "it refuses from the first look at its memory on")
	relay.kill()
	relay.start(normal)
	stats := s.finish()
	again := oracle.expect(s.name, s.ended())
	t.Logf("%d spans, %d came again", stats.Ended, again)
	require.Equal(t, stats.Ended, stats.Delivered)
	require.Zero(t, dropped(stats))
}
