package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestErrorsOfTheMachine checks that errors of the machine do not count as damage of a
// file.
func TestErrorsOfTheMachine(t *testing.T) {
	for _, err := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.EIO, syscall.EACCES, syscall.EPERM, syscall.ENOMEM, syscall.ENOSPC,
		syscall.EROFS, syscall.EINTR, syscall.Errno(4711), io.ErrUnexpectedEOF, errors.ErrUnsupported,
	} {
		require.True(t, isOfMachine(&fs.PathError{Op: "open", Path: "x", Err: err}), "%v", err)
	}
	for _, err := range []error{nil, errTorn, errCorrupt, errStranger, errTaken, fs.ErrNotExist, syscall.ENOENT} {
		require.False(t, isOfMachine(err), "%v", err)
	}
}

// TestTroubleMakesRoom checks that files that can never be read do not block others,
// and are tried less and less often.
func TestTroubleMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr trouble
		tried, others := 0, 0
		for began := time.Now(); time.Since(began) < time.Hour; {
			for _, name := range []string{"a", "b", "c", "d"} { // the oldest
				if !tr.rests() && !tr.waits(name) {
					tr.add(name)
					tried++
				}
			}
			if !tr.rests() {
				others++
			}
			require.False(t, tr.retryAt().IsZero())
			time.Sleep(max(time.Until(tr.retryAt()), 100*time.Millisecond)) // on synctest's clock
		}
		require.Greater(t, others, 60)
		require.Less(t, tried, 4*70)
		for _, name := range []string{"a", "b", "c", "d"} {
			tr.isOver(name)
		}
		time.Sleep(rest) // on synctest's clock
		require.True(t, tr.retryAt().IsZero())
	})
}

// A badDisk fails from an offset on.
type badDisk struct {
	io.ReaderAt
	from int64
}

func (d badDisk) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > d.from {
		return 0, syscall.EIO
	}
	return d.ReaderAt.ReadAt(p, at)
}

// TestBadDisk checks that unreadable records, small and large, do not count as corrupt.
func TestBadDisk(t *testing.T) {
	for _, n := range []int{100, 3 << 20} {
		log := string(frame("preamble", strings.Repeat("x", n), "last"))
		for _, from := range []int64{0, int64(len(log) / 2), int64(len(log) - 1)} {
			var c content
			r := newFrameReader(badDisk{strings.NewReader(log), from}, 0, int64(len(log)))
			require.ErrorIs(t, c.readFrames(r), syscall.EIO)
			require.NoError(t, c.damage)
		}
	}
}

// TestHugeFiles checks that files use no memory, whatever size they claim.
func TestHugeFiles(t *testing.T) {
	const size = 8 << 40
	begin := string(versionLine(firstVersion)) + string(frame("preamble", "good"))
	for name, test := range map[string]struct {
		content string
		good    []string
		kept    []Kept
	}{
		"nothing but a hole":   {"", nil, []Kept{{Version: noVersion, Segments: 1, Bytes: size}}},
		"a hole at the end":    {begin, []string{"good"}, nil},
		"a record of 60 MiB":   {begin + "\x00\x00\xc0\x03 sum", []string{"good"}, nil},
		"a record of 2 GiB":    {begin + "\xff\xff\xff\x7f sum", []string{"good"}, nil},
		"a preamble of 2 GiB":  {string(versionLine(firstVersion)) + "\xff\xff\xff\x7f sum", nil, nil},
		"formerly, and a hole": {string(frame("preamble", "x")), nil, []Kept{{Version: formerly, Segments: 1, Bytes: size}}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.Truncate(leave(t, dir, test.content), size))
			s := open(dir)
			ours := write(t, s, "ours")
			ours.Seal()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			require.Empty(t, s.Tidy(), "it leaves no room for others")
			require.Equal(t, test.good, leftover(t, s))
			require.Empty(t, s.Tidy())
			runtime.ReadMemStats(&after)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
			require.False(t, ours.Gone())
			require.Equal(t, test.kept, s.Kept())
			require.Len(t, files(t, dir, segmentSuffix), 1+len(test.kept))
			if test.kept == nil {
				require.EqualValues(t, 1, errorsOf(s), "what is lost is told")
			}
		})
	}
}

// TestLargeRecords checks that large records are read back. Records above the limit are
// refused, not half written.
func TestLargeRecords(t *testing.T) {
	dir := t.TempDir()
	s := open(dir)
	large := strings.Repeat("x", 10<<20)
	write(t, s, "small", large)
	write(t, s, "last")
	require.Nil(t, s.Append(make([]byte, maxAppend+1), 1))
	require.EqualValues(t, 1, errorsOf(s))
	write(t, s, "it goes on")
	s.Close()
	require.Equal(t, []string{"small", large, "last", "it goes on"}, leftover(t, open(dir)))
}

// TestOtherVersions checks that segments of other versions are kept and counted,
// whatever their age and however little room there is.
func TestOtherVersions(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		for _, content := range []string{
			string(versionLine(3)) + "nobody knows what",
			string(versionLine(3)) + string(frame("preamble", "x")),
			string(versionLine(20)),
			"mutagent spool zwei\n",
			"mutagent spool 02\n",
			"mutagent spool " + strings.Repeat("9", 100) + "\n",
			"something else",
			strings.Repeat("\x00", 100),
			string(frame("preamble", "x")),
		} {
			leave(t, dir, content)
		}
		before := files(t, dir, segmentSuffix)
		s := open(dir, func(o *Options) { o.MaxBytes = 1 })
		require.Empty(t, s.Tidy(), "there is no room")
		require.Nil(t, s.Leftover())
		var versions []int
		total := 0
		for _, k := range s.Kept() {
			versions = append(versions, k.Version)
			total += k.Segments
			require.Positive(t, k.Bytes)
		}
		require.Equal(t, []int{noVersion, formerly, 3, 20}, versions)
		require.Equal(t, len(before), total)
		time.Sleep(2 * time.Hour) // on synctest's clock
		require.Empty(t, s.Tidy(), "they are too old")
		require.Nil(t, s.Leftover())
		s.Close()
		require.Equal(t, before, files(t, dir, segmentSuffix))

		next := open(dir, func(o *Options) { o.Version = 3 })
		require.Equal(t, []string{"x"}, leftover(t, next), "a newer version delivers its own")
	})
}

// TestFormerSegments checks that segments of version 1, which are beside the home, are
// counted and kept, unless their owner lives.
func TestFormerSegments(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "g-1-00000001-0000000000000001-000001.seg"), frame("preamble", "x"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "h-1-00000002-0000000000000001-000001.seg"), frame("preamble", "y"), 0o600))
	living, err := os.Create(filepath.Join(dir, "h-1-00000002.lock"))
	require.NoError(t, err)
	require.NoError(t, lock(living))
	s := open(dir, func(o *Options) { o.MaxBytes = 1 })
	look := func() []Kept {
		require.Nil(t, s.Leftover())
		require.Empty(t, s.Tidy())
		return s.Kept()
	}
	size := int64(len(frame("preamble", "x")))
	require.Equal(t, []Kept{{Version: formerly, Segments: 1, Bytes: size}}, look())
	living.Close()
	require.Equal(t, []Kept{{Version: formerly, Segments: 2, Bytes: 2 * size}}, look())
	require.NoError(t, os.Remove(filepath.Join(dir, "g-1-00000001-0000000000000001-000001.seg")))
	require.Equal(t, []Kept{{Version: formerly, Segments: 1, Bytes: size}}, look())
	require.Zero(t, errorsOf(s))
}

// TestLeave checks that a segment that the caller does not understand stays, and is not
// returned again.
func TestLeave(t *testing.T) {
	dir := t.TempDir()
	dead := open(dir)
	write(t, dead, "a").Seal()
	write(t, dead, "b")
	dead.Close()
	s := open(dir)
	seg := s.Leftover()
	seg.Read()
	seg.Leave()
	seg.Settle(1) // which has no effect any more
	require.Equal(t, []string{"b"}, leftover(t, s))
	require.Equal(t, noVersion, s.Kept()[0].Version)
	require.Equal(t, 1, s.Kept()[0].Segments)
	s.Close()
	require.Equal(t, []string{"a"}, leftover(t, open(dir)))
}

// TestClock checks that only segments that are certainly too old are deleted for their
// age.
func TestClock(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		now, made time.Time
		old       bool
	}{
		"young":                     {now, now.Add(-2 * day), false},
		"old":                       {now, now.Add(-4 * day), true},
		"made in 1970":              {now, time.Unix(100, 0), false},
		"now is 1970":               {time.Unix(100, 0), now, false},
		"both in 1970":              {time.Unix(100, 0).Add(4 * day), time.Unix(100, 0), true},
		"years ahead":               {now.AddDate(10, 0, 0), now, false},
		"made tomorrow":             {now, now.Add(day), false},
		"made when time ends":       {now, time.Unix(0, math.MaxInt64), false},
		"now is before time begins": {time.Time{}, now, false},
	} {
		require.Equal(t, test.old, new(clock).isOlder(test.now, test.made, 3*day), name)
	}

	var c clock
	steady := time.Duration(0)
	pass := func(set, passed time.Duration) bool {
		now, steady = now.Add(set+passed), steady+passed
		c.compare(now, steady)
		return c.isOlder(now, now.Add(-4*day), 3*day)
	}
	require.True(t, pass(0, 0))
	require.True(t, pass(0, time.Minute))
	require.False(t, pass(30*day, time.Minute), "it was set, and is not believed")
	require.False(t, pass(0, 50*time.Minute))
	require.False(t, pass(-30*day, time.Minute), "it was set back")
	require.False(t, pass(0, 50*time.Minute))
	require.True(t, pass(0, 10*time.Minute))
	require.True(t, pass(leap, time.Minute), "it drifts")
}

// TestImplausibleTimes checks that segments from 1970 and from the future are
// delivered.
func TestImplausibleTimes(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, settleIn(home(dir)))
	for _, made := range []time.Time{time.Unix(-1, 0), time.Unix(0, 1), time.Now().AddDate(1, 0, 0), time.Unix(0, math.MaxInt64)} {
		name := &file{owner: "g-1-00000001", time: made.UnixNano(), count: len(files(t, dir, segmentSuffix)) + 1}
		content := append(versionLine(firstVersion), frame("preamble", fmt.Sprint(name.count))...)
		require.NoError(t, os.WriteFile(filepath.Join(home(dir), name.name()), content, 0o600))
	}
	s := open(dir)
	require.Empty(t, s.Tidy())
	require.Equal(t, []string{"1", "2", "3", "4"}, leftover(t, s))
}
