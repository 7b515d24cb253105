package spool

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func open(dir string, change ...func(*Options)) *Spool {
	opts := Options{Dir: dir, Group: "g", Preamble: []byte("preamble"), MaxBytes: 1 << 30, SegmentBytes: 1 << 20, MaxAge: time.Hour}
	for _, f := range change {
		f(&opts)
	}
	return New(opts)
}

func write(t *testing.T, s *Spool, records ...string) *Segment {
	t.Helper()
	seg := s.Append(frame(records...), len(records))
	require.NotNil(t, seg)
	return seg
}

func errorsOf(s *Spool) int64 {
	n, _ := s.Errors()
	return n
}

// files lists the names below dir that end with suffix, except the marker.
func files(t *testing.T, dir, suffix string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(home(dir), "[^.]*"+suffix))
	require.NoError(t, err)
	return paths
}

// leftover reads and settles the segments of dead owners.
func leftover(t *testing.T, s *Spool) (records []string) {
	t.Helper()
	for seg := s.Leftover(); seg != nil; seg = s.Leftover() {
		preamble, list := seg.Read()
		if len(list) > 0 {
			require.Equal(t, "preamble", string(preamble))
		}
		seg.Keep(len(list))
		for _, r := range list {
			records = append(records, string(r))
		}
		seg.Settle(len(list))
	}
	return records
}

// TestSettledIsRemoved checks that no file is left after all records are settled.
func TestSettledIsRemoved(t *testing.T) {
	dir := t.TempDir()
	s := open(dir, func(o *Options) { o.MaxBytes = fewestSegments }) // each write gets its own segment
	a := write(t, s, "a")
	b := write(t, s, "b", "c")
	require.Len(t, files(t, dir, segmentSuffix), 2)
	a.Settle(1)
	require.True(t, a.Gone())
	require.Len(t, files(t, dir, segmentSuffix), 1)
	b.Settle(1)
	require.False(t, b.Gone())
	b.Settle(1)
	require.False(t, b.Gone(), "it is active")
	s.Close()
	require.Empty(t, files(t, dir, ""))
	require.Nil(t, s.Append(frame("late"), 1))
	require.Zero(t, errorsOf(s))
}

// TestActiveIsEmptied checks that an active segment is emptied. Otherwise it would
// grow, and its records would be repeated.
func TestActiveIsEmptied(t *testing.T) {
	dir := t.TempDir()
	s := open(dir)
	for i := range 100 {
		write(t, s, fmt.Sprint(i), strings.Repeat("x", 1000)).Settle(2)
	}
	write(t, s, "last")
	info, err := os.Stat(files(t, dir, segmentSuffix)[0])
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(100))
	s.Close()
	require.Equal(t, []string{"last"}, leftover(t, open(dir)))
}

// TestPrivate checks that other users cannot read the records.
func TestPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	write(t, open(dir), "secret")
	require.NoError(t, filepath.WalkDir(filepath.Dir(dir), func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := e.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
	require.Len(t, files(t, dir, ""), 2)
}

// TestLeftovers checks that segments of dead owners are read in order, each once, and
// only by their group.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	dead := open(dir, func(o *Options) { o.MaxBytes = fewestSegments })
	var want []string
	for i := range 1200 { // more than the limit of open files
		want = append(want, fmt.Sprint(i))
		write(t, dead, want[i])
	}
	alive := open(dir)
	require.Nil(t, alive.Leftover(), "the owner is alive")
	dead.Close()
	require.Nil(t, open(dir, func(o *Options) { o.Group = "other" }).Leftover())

	require.NotNil(t, alive.Leftover())
	require.NotNil(t, alive.Leftover(), "there is more, whatever is not settled")
	require.Nil(t, open(dir).Leftover(), "somebody else is at it")
	alive.Close() // dies while it delivers
	require.Equal(t, want, leftover(t, open(dir)))
	require.Empty(t, files(t, dir, ""))
}

// leave creates a segment as a dead owner would have, and returns its path.
func leave(t *testing.T, dir, content string) string {
	t.Helper()
	require.NoError(t, settleIn(home(dir)))
	name := &file{owner: "g-1-00000001", time: time.Now().UnixNano(), count: 1 + len(files(t, dir, segmentSuffix))}
	path := filepath.Join(home(dir), name.name())
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// TestTornEnd reads a segment of a process that was killed while it wrote.
func TestTornEnd(t *testing.T) {
	begin := string(versionLine(firstVersion))
	whole := begin + string(frame("preamble", "a", "b"))
	for n := range whole {
		dir := t.TempDir()
		leave(t, dir, whole[:n])
		s := open(dir)
		read := leftover(t, s)
		require.Equal(t, n >= len(begin)+len(frame("preamble", "a")), len(read) == 1, "%d bytes", n)
		require.Zero(t, errorsOf(s))
		require.Empty(t, files(t, dir, ""), "nothing is left of %d bytes", n)
	}
}

func TestCorruptIsCounted(t *testing.T) {
	dir := t.TempDir()
	dead := open(dir)
	write(t, dead, "good", "bad", "unreachable")
	dead.Close()
	path := files(t, dir, segmentSuffix)[0]
	log, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(log), "bad", "bed", 1)), 0o600))
	s := open(dir)
	require.Equal(t, []string{"good"}, leftover(t, s))
	require.EqualValues(t, 1, errorsOf(s))
	require.Empty(t, files(t, dir, ""))
}

// TestForeignFiles checks that other files in the directory stay unchanged.
func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, settleIn(home(dir)))
	names := []string{"notes.txt", "g.seg", "g-1-2-3.seg", "g-1-00000001-1-1.seg", "other-1-00000001-0000000000000001-000001.seg"}
	for _, name := range names {
		require.NoError(t, os.WriteFile(filepath.Join(home(dir), name), frame("preamble", "x"), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(home(dir), "g-1-00000001-0000000000000001-000001.seg"), 0o700))
	require.Empty(t, leftover(t, open(dir)))
	require.Len(t, files(t, dir, ""), len(names)+1)
}

func TestRoom(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		const limit = 64 << 10
		small := func(o *Options) { o.MaxBytes = limit }
		dead := open(dir, small)
		write(t, dead, strings.Repeat("d", limit/2))
		dead.Close()
		time.Sleep(time.Second) // on synctest's clock
		s := open(dir, small)
		record := strings.Repeat("x", limit/fewestSegments)
		var segments []*Segment
		dropped := 0
		for i := range 40 {
			segments = append(segments, write(t, s, record))
			time.Sleep(time.Second) // on synctest's clock
			for _, d := range s.Tidy() {
				require.False(t, d.Expired)
				if i < 10 {
					require.Nil(t, d.Segment)
					require.Equal(t, 1, d.Records, "the dead one's is the oldest")
					continue
				}
				require.Same(t, segments[dropped], d.Segment, "oldest first")
				require.True(t, d.Segment.Gone())
				dropped++
			}
		}
		require.Greater(t, dropped, 20)
		total := 0
		for _, path := range files(t, dir, segmentSuffix) {
			info, err := os.Stat(path)
			require.NoError(t, err)
			total += int(info.Size())
		}
		require.LessOrEqual(t, total, limit+2*(len(record)+100))
		require.Greater(t, total, limit/2)
		segments[0].Settle(1) // settling a removed segment does nothing
		s.Close()
	})
}

func TestAge(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := open(dir)
		old := write(t, s, "old")
		old.Seal()
		time.Sleep(59 * time.Minute) // on synctest's clock
		write(t, s, "young").Seal()
		require.Empty(t, s.Tidy())
		time.Sleep(2 * time.Minute) // on synctest's clock
		require.Equal(t, []Drop{{Segment: old, Expired: true}}, s.Tidy())
		s.Close()
		require.Equal(t, []string{"young"}, leftover(t, open(dir)))
	})
}

// TestUnusableDirectory checks that an unusable directory costs one error per second,
// and is used again when it becomes usable.
func TestUnusableDirectory(t *testing.T) {
	parent := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(parent, "spool")
		require.NoError(t, os.WriteFile(dir, nil, 0o600)) // a file in place of the directory
		s := open(dir)
		for range 30 {
			require.Nil(t, s.Append(frame("x"), 1))
			time.Sleep(100 * time.Millisecond) // on synctest's clock
		}
		require.EqualValues(t, 3, errorsOf(s))
		require.NoError(t, os.Remove(dir))
		time.Sleep(errorRest) // on synctest's clock
		seg := write(t, s, "x")
		require.NoError(t, os.RemoveAll(dir)) // removed again
		seg.Seal()
		require.Nil(t, s.Append(frame("x"), 1))
		time.Sleep(errorRest) // on synctest's clock
		write(t, s, "y")
		s.Close()
		require.Equal(t, []string{"y"}, leftover(t, open(dir)))
	})
}

// TestHalfWritten checks that half-written records are not read.
func TestHalfWritten(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := open(dir)
		seg := write(t, s, "a")
		// As if the disk were full, and the rest could not be cut off.
		_, err := seg.file.WriteAt(frame("half")[:10], seg.size)
		require.NoError(t, err)
		write(t, s, "b")
		s.Close()
		require.Equal(t, []string{"a", "b"}, leftover(t, open(dir)))
	})
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Check(filepath.Join(dir, "new", "one")))
	path := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.ErrorContains(t, Check(path), "is not a directory; set it to")
	require.ErrorContains(t, Check(filepath.Join(path, "below")), "is not a directory; set it to")
	require.NoError(t, os.Chmod(dir, 0o777))
	require.ErrorContains(t, Check(dir), "everybody may write to")
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, Check(dir))
}

// TestManyOwners runs owners that share a directory, start, write, die and take over.
// Each record is settled by one of them, and no file stays.
func TestManyOwners(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	settled := map[string]int{}
	takeOver := func(s *Spool) {
		for _, r := range leftover(t, s) {
			mu.Lock()
			settled[r]++
			mu.Unlock()
		}
	}
	const owners, lives, records = 4, 10, 20
	var wg sync.WaitGroup
	for o := range owners {
		wg.Go(func() {
			for life := range lives {
				s := open(dir, func(o *Options) { o.MaxBytes = 100 * fewestSegments; o.Sync = life%2 == 0 })
				for i := range records {
					s.Append(frame(fmt.Sprint(o, " ", life, " ", i)), 1)
				}
				takeOver(s)
				s.Close()
			}
		})
	}
	wg.Wait()
	takeOver(open(dir))
	require.Len(t, settled, owners*lives*records)
	for r, n := range settled {
		require.Equal(t, 1, n, r)
	}
	require.Empty(t, files(t, dir, ""))
}
