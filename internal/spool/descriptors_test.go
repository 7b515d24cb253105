//go:build unix

package spool

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// hoard takes all file descriptors except left, until release is called.
func hoard(t *testing.T, left int) (release func()) {
	t.Helper()
	var was syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was))
	few := was
	few.Cur = 100
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few))
	var taken []*os.File
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			break
		}
		taken = append(taken, f)
	}
	for range left {
		taken[0].Close()
		taken = taken[1:]
	}
	return func() {
		for _, f := range taken {
			f.Close()
		}
		require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was))
	}
}

// TestNoDescriptors runs with few or no file descriptors left. Nothing may be deleted
// or spin, and when descriptors are available again, everything is delivered.
func TestNoDescriptors(t *testing.T) {
	const owners, segments = 5, 40
	for left := range 8 {
		t.Run(fmt.Sprint(left), func(t *testing.T) {
			dir := t.TempDir()
			var want []string
			synctest.Test(t, func(t *testing.T) {
				for o := range owners {
					dead := open(dir, func(o *Options) { o.MaxBytes = fewestSegments })
					for i := range segments {
						want = append(want, fmt.Sprint(o, " ", i))
						write(t, dead, want[len(want)-1])
					}
					dead.Close()
					time.Sleep(time.Second) // on the bubble's clock: each dead owner is one second newer than the previous one
				}
				before := len(files(t, dir, segmentSuffix))
				s := open(dir)
				var got []string
				release := hoard(t, left)
				for range 100 {
					got = append(got, leftover(t, s)...)
					if at := s.RetryAt(); !at.IsZero() {
						require.Positive(t, time.Until(at), "it would spin")
					}
					s.Tidy()
					time.Sleep(10 * time.Millisecond) // on the bubble's clock: a hundred looks take one second
				}
				release()
				require.Len(t, files(t, dir, segmentSuffix), before-len(got), "what was not read was deleted")
				refused := errorsOf(s)
				require.LessOrEqual(t, refused, int64(10), "a second is a rest")
				if len(got) < len(want) {
					require.Positive(t, refused)
					require.False(t, s.RetryAt().IsZero())
				}
				time.Sleep(longestPause) // on the bubble's clock: after this, everything is tried again
				got = append(got, leftover(t, s)...)
				require.ElementsMatch(t, want, got)
				require.True(t, s.RetryAt().IsZero())
				require.Empty(t, files(t, dir, ""))
				s.Close()
			})
		})
	}
}

// TestOwnBacklogWithoutDescriptors checks that a spool's own segment is not lost
// either.
func TestOwnBacklogWithoutDescriptors(t *testing.T) {
	dir := t.TempDir()
	s := open(dir)
	seg := write(t, s, "a", "b")
	seg.Seal()
	release := hoard(t, 0)
	_, records := seg.Read()
	err := seg.Err()
	seg.Settle(2) // as a caller would that believes the records are lost
	seg.Keep(0)
	release()
	require.Empty(t, records)
	require.ErrorIs(t, err, syscall.EMFILE)
	require.False(t, seg.Gone())
	_, records = seg.Read()
	require.NoError(t, seg.Err())
	require.Len(t, records, 2)
	seg.Settle(2)
	require.True(t, seg.Gone())
	s.Close()
	require.Empty(t, files(t, dir, ""))
}

// processorTime returns the CPU time of this process so far. It depends little on other
// processes.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// TestManyDead checks that many dead owners are handled with one look at the directory.
func TestManyDead(t *testing.T) {
	dir := t.TempDir()
	const owners = 2000
	var want []string
	for i := range owners {
		s := open(dir)
		want = append(want, fmt.Sprint(i))
		write(t, s, want[i])
		s.Close()
	}
	require.Len(t, files(t, dir, ""), 2*owners)
	began, busy := time.Now(), processorTime(t)
	require.Equal(t, want, leftover(t, open(dir)))
	busy = processorTime(t) - busy
	t.Logf("%d owners took %v, %v of it on a processor", owners, time.Since(began), busy)
	require.Less(t, busy, 5*time.Second) // one look at the directory per owner would take minutes
	require.Empty(t, files(t, dir, ""))
}
