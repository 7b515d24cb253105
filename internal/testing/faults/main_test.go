package faults_test

import (
	"flag"
	"os"
	"testing"
)

var (
	seed    = flag.Uint64("seed", 0, "of what happens at random; 0 draws one")
	flushes = flag.Int("flushes", 3, "how often TestEveryFault flushes while a server fails")
	kills   = flag.Int("kills", 6, "how often TestKill kills, with each spool")
	soak    = flag.Duration("soak", 0, "how long TestSoak goes on; 0 means a few rounds")
	rate    = flag.Int("rate", 5000, "spans a second in TestSoak")
)

// TestMain makes the test binary the victim if it is started as one.
func TestMain(m *testing.M) {
	if os.Getenv("FAULTS_JOURNAL") != "" {
		victim()
		return
	}
	flag.Parse()
	// Most of these tests wait for a failing server, and need little CPU time.
	if err := flag.Set("test.parallel", "20"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
