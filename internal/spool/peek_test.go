package spool

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// snapshot returns everything below dir, with contents and times.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := e.Info()
		require.NoError(t, err)
		text, _ := os.ReadFile(path)
		all[path] = info.ModTime().String() + string(text)
		return nil
	}))
	return all
}

// TestPeek checks that Peek sees the unsettled records of living and dead owners of
// every group, and changes nothing.
func TestPeek(t *testing.T) {
	dir := t.TempDir()
	living := open(dir)
	defer living.Close()
	write(t, living, "a", "b", "c").SettleAt(1)
	dead := open(dir, func(o *Options) { o.Group = "other" })
	write(t, dead, "d")
	die(dead)
	later := open(dir, func(o *Options) { o.Version = 3 })
	write(t, later, "of another version")
	defer later.Close()
	torn := filepath.Join(home(dir), "g-1-00000001-0000000000000001-000001"+segmentSuffix)
	require.NoError(t, os.WriteFile(torn, append(living.start, frame("e", "f")[:14]...), 0o600))
	before := snapshot(t, dir)

	for _, where := range []string{dir, home(dir)} {
		var got []string
		seen, err := Peek(where, func(preamble []byte, records [][]byte) error {
			assert.Equal(t, "preamble", string(preamble))
			for _, r := range records {
				got = append(got, string(r))
			}
			return nil
		})
		require.NoError(t, err)
		assert.ElementsMatch(t, []string{"a", "c", "d", "e"}, got)
		assert.Equal(t, Peeked{Segments: 3, Others: 1}, seen)
	}
	assert.Equal(t, before, snapshot(t, dir))
	assert.Equal(t, []string{"d"}, leftover(t, open(dir, func(o *Options) { o.Group = "other" })), "it is still there")
}

func TestPeekIsToldOfErrors(t *testing.T) {
	dir := t.TempDir()
	s := open(dir)
	defer s.Close()
	write(t, s, "a")
	_, err := Peek(dir, func([]byte, [][]byte) error { return os.ErrClosed })
	assert.ErrorIs(t, err, os.ErrClosed)
}
