package faults_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/testing/faults"
)

const (
	// longestLife is the longest time before a victim is killed.
	longestLife = 400 * time.Millisecond
	// victimRate is the number of spans that a victim ends per second.
	victimRate = 2000
	// quiet is how long nothing new must arrive before the rest counts as lost.
	quiet = 10 * time.Second
)

// TestKill kills a traced program repeatedly, at random times under load. It compares
// what arrived with the ended spans in the program's log. In every other life the
// server fails.
func TestKill(t *testing.T) {
	for _, spool := range spools {
		t.Run(spool.name, func(t *testing.T) {
			t.Parallel()
			m := newMassacre(t, spool)
			for i := range *kills {
				m.kill(i)
			}
			m.server.Play(faults.Well)
			if spool.keeps {
				m.inherit()
			}
			m.judge()
		})
	}
}

// A massacre is a series of kills with one spool directory.
type massacre struct {
	*testing.T
	spool  spool
	rng    *rand.Rand
	server *faults.Server
	dir    string
	lives  []life
}

// A life is one run of a victim.
type life struct {
	journal string
	fault   string
	killed  time.Time
}

func newMassacre(t *testing.T, spool spool) *massacre {
	return &massacre{T: t, spool: spool, rng: random(t), server: faults.New(t), dir: t.TempDir()}
}

// random returns a reproducible random source.
func random(t *testing.T) *rand.Rand {
	n := *seed
	if n == 0 {
		n = rand.Uint64()
	}
	t.Logf("again with -seed=%d", n)
	return rand.New(rand.NewPCG(n, 0))
}

// start starts a victim, and returns when it runs.
func (m *massacre) start(journal string, rate int) *exec.Cmd {
	cmd := exec.CommandContext(m.Context(), os.Args[0])
	cmd.Env = append(os.Environ(),
		"MUTAGENT_API_KEY=mt_victim", "MUTAGENT_ENDPOINT="+m.server.URL,
		"FAULTS_JOURNAL="+journal, "FAULTS_DIR="+filepath.Join(m.dir, "spool"),
		"FAULTS_SPOOL="+m.spool.name, fmt.Sprint("FAULTS_RATE=", rate))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(m, err)
	require.NoError(m, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(m, err)
	require.Equal(m, "up\n", line)
	return cmd
}

// kill runs one life.
func (m *massacre) kill(i int) {
	fault := faults.Well
	if i%2 == 1 {
		fault = faults.All[m.rng.IntN(len(faults.All))]
		for fault.TLS || fault.Rejects { // rejected spans may be lost
			fault = faults.All[m.rng.IntN(len(faults.All))]
		}
	}
	m.server.Play(fault)
	l := life{journal: filepath.Join(m.dir, fmt.Sprint("journal", i)), fault: fault.Name}
	cmd := m.start(l.journal, victimRate)
	<-time.After(time.Duration(m.rng.Int64N(int64(longestLife)))) // random time of the kill
	l.killed = time.Now()
	require.NoError(m, cmd.Process.Kill())
	require.Error(m, cmd.Wait())
	m.lives = append(m.lives, l)
}

// inherit starts a last process that delivers what the others left on disk, until
// everything has arrived or nothing new arrives.
func (m *massacre) inherit() {
	want := map[faults.ID]bool{}
	for _, l := range m.lives {
		for id := range readJournal(m.T, l.journal).ended {
			want[id] = true
		}
	}
	heir := m.start(filepath.Join(m.dir, "journal of the heir"), 0)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	var known int
	for last := time.Now(); time.Since(last) < quiet && !m.arrived(want); <-look.C {
		if n := len(m.server.Ledger.Entries()); n > known {
			known, last = n, time.Now()
		}
	}
	require.NoError(m, heir.Process.Kill())
	require.Error(m, heir.Wait())
}

func (m *massacre) arrived(want map[faults.ID]bool) bool {
	got := m.server.Ledger.Entries()
	for id := range want {
		if got[id].Whole == 0 {
			return false
		}
	}
	return true
}

// judge compares what arrived with the logs.
func (m *massacre) judge() {
	require.Empty(m, m.server.Ledger.Faulty())
	got := m.server.Ledger.Entries()
	repeats := 0
	for _, e := range got {
		assertIntact(m.T, e)
		repeats += max(0, e.Whole-1)
	}
	var ended, lost int
	var window time.Duration
	for i, l := range m.lives {
		j := readJournal(m.T, l.journal)
		missing, oldest := 0, l.killed
		for id, when := range j.ended {
			if got[id].Whole == 0 {
				missing++
				if when.Before(oldest) {
					oldest = when
				}
			}
		}
		for _, id := range j.flushed {
			require.Positive(m, got[id].Whole, "life %d: %v was flushed, and is lost", i, id)
		}
		m.Logf("life %d, %s: %d ended, %d flushed, %d lost, the first of them %v before the kill",
			i, l.fault, len(j.ended), len(j.flushed), missing, l.killed.Sub(oldest).Round(time.Millisecond))
		ended, lost = ended+len(j.ended), lost+missing
		if l.fault == faults.Well.Name {
			window = max(window, l.killed.Sub(oldest))
		}
	}
	m.Logf("%s: %d kills, %d spans ended, %d arrived, %d came again, %d lost; with a server that is well, all of them within %v of the kill",
		m.spool.name, len(m.lives), ended, len(got), repeats, lost, window.Round(time.Millisecond))
	assert.Positive(m, ended)
	if m.spool.survives {
		assert.Zero(m, lost, "spans lost after their end had returned")
	}
}

// assertIntact checks that a span has the payload for its name.
func assertIntact(t *testing.T, e faults.Entry) {
	t.Helper()
	if e.Whole == 0 {
		return
	}
	var s struct {
		Name, Kind, Input string
		Metadata          struct{ Events []struct{ Name string } }
	}
	require.NoError(t, json.Unmarshal(e.JSON, &s))
	require.True(t, strings.HasPrefix(s.Name, "victim "), s.Name)
	if s.Kind == "tool" {
		require.Equal(t, payload(s.Name), s.Input, "the payload of %s", s.Name)
		require.Len(t, s.Metadata.Events, 1, s.Name)
	}
}
