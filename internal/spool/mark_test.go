package spool

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// die ends a spool as SIGKILL does: the system closes its files.
func die(s *Spool) {
	if s.held != nil {
		s.held.Close()
	}
	if s.active != nil {
		s.active.file.Close()
	}
	for _, e := range s.estates {
		e.held.Close()
	}
}

// TestSettledIsNotRepeated checks that settled records are not repeated, whether their
// owner settled them in an active or a sealed segment, or another process that took it
// over.
func TestSettledIsNotRepeated(t *testing.T) {
	dir := t.TempDir()
	s := open(dir)
	seg, a := s.AppendAt(frame("a", "b"), 2)
	_, c := s.AppendAt(frame("c", "d"), 2)
	seg.SettleAt(a + 1)
	same, e := s.AppendAt(frame("e", "f", "g"), 3)
	require.Same(t, seg, same)
	seg.Seal()
	seg.SettleAt(e+1, c)
	_, records := seg.Read()
	require.Equal(t, "[a d e g]", fmt.Sprintf("%s", records))
	die(s)

	s = open(dir)
	seg = s.Leftover()
	_, records = seg.Read()
	require.Equal(t, "[a d e g]", fmt.Sprintf("%s", records))
	seg.SettleAt(1)
	seg.SettleAt(3)
	die(s)

	require.Equal(t, []string{"a", "e"}, leftover(t, open(dir)))
	require.Empty(t, files(t, dir, ""))
}

// TestPlacesBeginAgain checks that places start at 0 again after an active segment was
// emptied.
func TestPlacesBeginAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(dir)
	seg, a := s.AppendAt(frame("a", "b"), 2)
	seg.SettleAt(a)
	seg.SettleAt(a + 1)
	seg, c := s.AppendAt(frame("c", "d"), 2)
	seg.SettleAt(c + 1)
	die(s)
	require.Equal(t, []string{"c"}, leftover(t, open(dir)))
}

// TestEveryPrefixOfMarks cuts a segment at every offset, as a crash may. No complete
// record may be missing that is not settled.
func TestEveryPrefixOfMarks(t *testing.T) {
	dir := t.TempDir()
	s := open(dir)
	seg, _ := s.AppendAt(frame("0", "1", "2"), 3)
	seg.SettleAt(1)
	s.AppendAt(frame("3", "4"), 2)
	seg.SettleAt(4, 0)
	die(s)
	whole, err := os.ReadFile(files(t, dir, segmentSuffix)[0])
	require.NoError(t, err)
	least := 0
	for n := range len(whole) + 1 {
		c, err := readContent(leave(t, t.TempDir(), string(whole[:n])), firstVersion)
		require.NoError(t, err)
		require.Contains(t, []error{nil, errTorn}, c.damage)
		require.Len(t, c.numbers, len(c.records))
		for i, number := range c.numbers {
			require.Equal(t, fmt.Sprint(number), string(c.records[i]))
		}
		if slices.Contains(c.numbers, 2) {
			least = 1
		}
		require.Equal(t, least == 1, slices.Contains(c.numbers, 2))
	}
	c, err := readContent(leave(t, t.TempDir(), string(whole)), firstVersion)
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, c.numbers)
}

// TestMarkBehindATornEnd checks that a half-written record does not hide marks that are
// written after it, and that nothing of it stays behind them, where it would be taken for a
// corrupt record.
func TestMarkBehindATornEnd(t *testing.T) {
	dir := t.TempDir()
	torn := frame(strings.Repeat("half of this is written ", 50))
	leave(t, dir, string(versionLine(firstVersion))+string(frame("preamble", "a", "b"))+string(torn[:len(torn)-5]))
	s := open(dir)
	seg := s.Leftover()
	seg.SettleAt(0)
	die(s)
	s = open(dir)
	require.Equal(t, []string{"b"}, leftover(t, s))
	require.Zero(t, errorsOf(s))
}

// TestShortLives runs processes that are killed after a few records. Each begins with
// the records that the previous ones left. Everything is delivered, and a kill repeats
// at most the record that was being sent.
func TestShortLives(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	delivered := map[string]int{}
	var order []string
	const lives, records = 30, 20
	for life := range lives {
		s := open(dir)
		for i := range records {
			s.Append(frame(fmt.Sprintf("%02d-%02d", life, i)), 1)
		}
		accepts := rng.IntN(2 * records)
		func() {
			for seg := s.Leftover(); seg != nil; seg = s.Leftover() {
				_, list := seg.Read()
				for i, r := range list {
					delivered[string(r)]++
					order = append(order, string(r))
					if accepts--; accepts < 0 {
						return // delivered, but killed before the mark
					}
					seg.SettleAt(i)
				}
			}
		}()
		die(s)
	}
	for _, r := range leftover(t, open(dir)) {
		delivered[r]++
		order = append(order, r)
	}
	require.Len(t, delivered, lives*records)
	repeats := len(order) - len(delivered)
	require.LessOrEqual(t, repeats, lives)
	require.True(t, slices.IsSorted(order), "oldest first")
	require.Empty(t, files(t, dir, ""))
}

// TestGroupsShareADirectory checks that groups, such as several destinations, share
// only the directory.
func TestGroupsShareADirectory(t *testing.T) {
	dir := t.TempDir()
	for _, group := range []string{"one", "two"} {
		s := open(dir, func(o *Options) { o.Group = group })
		write(t, s, group)
		s.Close()
	}
	for _, group := range []string{"two", "one"} {
		require.Equal(t, []string{group}, leftover(t, open(dir, func(o *Options) { o.Group = group })))
	}
	require.Empty(t, files(t, dir, ""))
}

// TestNotTooManyLocks checks that a spool that settles nothing holds few open files for
// dead owners.
func TestNotTooManyLocks(t *testing.T) {
	dir := t.TempDir()
	for range 2 * maxEstates {
		s := open(dir)
		write(t, s, "x")
		s.Close()
	}
	s := open(dir)
	var given []*Segment
	for seg := s.Leftover(); seg != nil; seg = s.Leftover() {
		given = append(given, seg)
	}
	require.Len(t, given, maxEstates)
	for _, seg := range given {
		seg.Settle(1)
	}
	require.Len(t, leftover(t, s), maxEstates)
	require.Empty(t, files(t, dir, ""))
}

func FuzzMark(f *testing.F) {
	f.Add([]byte{1, 2, 3, 9, 200}, []byte{0, 0, 0, 1, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, list, body []byte) {
		var numbers []int
		want := make([]bool, 200)
		for _, b := range list {
			numbers = append(numbers, int(b))
			if int(b) < len(want) {
				want[b] = true
			}
		}
		got := make([]bool, len(want))
		readMark(appendMark(nil, numbers)[frameHead:], got)
		require.Equal(t, want, got)
		readMark(body, got) // must not fail, whatever the body is
	})
}

func FuzzContent(f *testing.F) {
	f.Add([]byte("mutagent spool 2\n"))
	f.Add(append(versionLine(firstVersion), frame("preamble", "a", "b")...))
	f.Add(appendMark(append(versionLine(firstVersion), frame("preamble", "a", "b")...), []int{1}))
	f.Add(frame("preamble", "a"))
	f.Fuzz(func(t *testing.T, log []byte) {
		path := t.TempDir() + "/x"
		require.NoError(t, os.WriteFile(path, log, 0o600))
		c, err := readContent(path, firstVersion)
		require.NoError(t, err)
		require.LessOrEqual(t, c.size, int64(len(log)))
		require.Len(t, c.numbers, len(c.records))
		if c.damage == nil && c.version == firstVersion {
			require.EqualValues(t, len(log), c.size)
		}
	})
}

// BenchmarkSettle settles one record of a segment with other live records, by count and
// with a mark.
func BenchmarkSettle(b *testing.B) {
	for _, marked := range []bool{false, true} {
		b.Run(fmt.Sprintf("marked=%v", marked), func(b *testing.B) {
			s := open(b.TempDir())
			defer s.Close()
			record := frame(string(make([]byte, 500)))
			s.Append(record, 1) // stays unsettled
			for b.Loop() {
				seg, at := s.AppendAt(record, 1)
				if marked {
					seg.SettleAt(at)
				} else {
					seg.Settle(1)
				}
			}
		})
	}
}
