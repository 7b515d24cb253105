//go:build unix

package spool

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	lockName    = "g-1-00000001" + lockSuffix
	segmentName = "g-1-00000001-0000000000000001-000001" + segmentSuffix
)

// landscape returns everything below a directory: names, types, permissions and
// contents.
func landscape(t *testing.T, dir string) map[string]string {
	t.Helper()
	seen := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := os.Lstat(path)
		require.NoError(t, err)
		seen[path] = info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			seen[path] += string(content)
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			require.NoError(t, err)
			seen[path] += target
		}
		return nil
	}))
	return seen
}

// TestStrangers checks that a spool leaves files it has not created unchanged when it
// looks for dead owners, tidies and writes.
func TestStrangers(t *testing.T) {
	put := func(t *testing.T, path string, content []byte, mode fs.FileMode) {
		require.NoError(t, os.WriteFile(path, content, 0o600))
		require.NoError(t, os.Chmod(path, mode))
	}
	good := append(versionLine(firstVersion), frame("preamble", "x")...)
	tests := map[string]func(t *testing.T, dir, home, outside string){
		"locks beside the home":       func(t *testing.T, dir, _, _ string) { put(t, filepath.Join(dir, "apt.lock"), nil, 0o600) },
		"our names beside the home":   func(t *testing.T, dir, _, _ string) { put(t, filepath.Join(dir, lockName), nil, 0o600) },
		"a lock in the home":          func(t *testing.T, _, home, _ string) { put(t, filepath.Join(home, "apt.lock"), nil, 0o600) },
		"a lock with words in it":     func(t *testing.T, _, home, _ string) { put(t, filepath.Join(home, lockName), []byte("4711"), 0o600) },
		"a lock others may write to":  func(t *testing.T, _, home, _ string) { put(t, filepath.Join(home, lockName), nil, 0o666) },
		"a segment others may change": func(t *testing.T, _, home, _ string) { put(t, filepath.Join(home, segmentName), good, 0o622) },
		"a link for a lock": func(t *testing.T, _, home, outside string) {
			require.NoError(t, os.Symlink(filepath.Join(outside, "empty"), filepath.Join(home, lockName)))
		},
		"a link for a lock, to nothing": func(t *testing.T, _, home, outside string) {
			require.NoError(t, os.Symlink(filepath.Join(outside, "nothing"), filepath.Join(home, lockName)))
			put(t, filepath.Join(home, segmentName), good, 0o600)
		},
		"a link for a segment": func(t *testing.T, _, home, outside string) {
			require.NoError(t, os.Symlink(filepath.Join(outside, "good"), filepath.Join(home, segmentName)))
		},
		"a directory for a segment": func(t *testing.T, _, home, _ string) {
			require.NoError(t, os.Mkdir(filepath.Join(home, segmentName), 0o700))
		},
	}
	if os.Geteuid() == 0 { // only root may give files away
		for _, name := range []string{lockName, segmentName} {
			tests["another user's "+filepath.Ext(name)] = func(t *testing.T, _, home, _ string) {
				path := filepath.Join(home, name)
				put(t, path, map[string][]byte{segmentName: good}[name], 0o600)
				require.NoError(t, os.Chown(path, 1, 1))
			}
		}
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			dir, outside := t.TempDir(), t.TempDir()
			require.NoError(t, settleIn(home(dir)))
			put(t, filepath.Join(outside, "empty"), nil, 0o600)
			put(t, filepath.Join(outside, "good"), good, 0o600)
			prepare(t, dir, home(dir), outside)
			before, beforeOutside := landscape(t, dir), landscape(t, outside)

			s := open(dir, func(o *Options) { o.MaxBytes = 1 }) // there is room for nothing
			require.Nil(t, s.Leftover())
			require.Empty(t, s.Tidy())
			write(t, s, "ours").Settle(1)
			s.Close()
			require.Equal(t, before, landscape(t, dir))
			require.Equal(t, beforeOutside, landscape(t, outside))
		})
	}
}

// TestNoHome checks that a spool does not use a directory that is not its own, reports
// an error and changes nothing there.
func TestNoHome(t *testing.T) {
	tests := map[string]func(t *testing.T, home, outside string){
		"a link, to one": func(t *testing.T, dir, outside string) {
			require.NoError(t, os.Symlink(home(outside), dir))
		},
		"a file": func(t *testing.T, home, _ string) { require.NoError(t, os.WriteFile(home, nil, 0o600)) },
		"without a marker": func(t *testing.T, home, _ string) {
			require.NoError(t, os.Mkdir(home, 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(home, segmentName), frame("preamble", "x"), 0o600))
		},
		"a marker that is a link": func(t *testing.T, home, outside string) {
			require.NoError(t, os.Mkdir(home, 0o700))
			require.NoError(t, os.Symlink(filepath.Join(outside, "file"), filepath.Join(home, markerName)))
		},
		"open to everybody": func(t *testing.T, home, _ string) {
			require.NoError(t, settleIn(home))
			require.NoError(t, os.Chmod(home, 0o777))
		},
	}
	if os.Geteuid() == 0 {
		tests["another user's"] = func(t *testing.T, home, _ string) {
			require.NoError(t, settleIn(home))
			require.NoError(t, os.Chown(home, 1, 1))
		}
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			dir, outside := t.TempDir(), t.TempDir()
			require.NoError(t, settleIn(home(outside)))
			require.NoError(t, os.WriteFile(filepath.Join(outside, "file"), nil, 0o600))
			prepare(t, home(dir), outside)
			before, beforeOutside := landscape(t, dir), landscape(t, outside)

			require.ErrorContains(t, Check(dir), "move that away, or set Spool.Dir to another directory")
			s := open(dir)
			require.Nil(t, s.Append(frame("ours"), 1))
			require.Nil(t, s.Leftover())
			require.Empty(t, s.Tidy())
			require.Positive(t, errorsOf(s))
			s.Close()
			require.Equal(t, before, landscape(t, dir))
			require.Equal(t, beforeOutside, landscape(t, outside))
		})
	}
}

// TestHalfMadeHome uses a home of a process that was killed while it created it.
func TestHalfMadeHome(t *testing.T) {
	for _, marker := range []bool{false, true} {
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(home(dir), 0o700))
		if marker {
			require.NoError(t, os.WriteFile(filepath.Join(home(dir), markerName), nil, 0o600))
		}
		require.NoError(t, Check(dir))
		s := open(dir)
		require.Nil(t, s.Leftover())
		write(t, s, "a")
		s.Close()
		require.Zero(t, errorsOf(s))
		require.Equal(t, []string{"a"}, leftover(t, open(dir)))
	}
}

// TestHomeMadeMeanwhile checks that a spool which sees no marker yet takes the files that
// another process makes meanwhile for those of a home.
func TestHomeMadeMeanwhile(t *testing.T) {
	dir := t.TempDir()
	other := open(dir)
	write(t, other, "a")
	require.NoError(t, inspectUnmarked(home(dir)))
	other.Close()
}
