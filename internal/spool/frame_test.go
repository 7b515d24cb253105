package spool

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func frame(records ...string) (log []byte) {
	for _, r := range records {
		start := len(log)
		log = append(BeginFrame(log), r...)
		EndFrame(log[start:])
	}
	return log
}

// readFrames returns the records of log up to the first incomplete one.
func readFrames(log []byte) (records [][]byte, err error) {
	r := newFrameReader(bytes.NewReader(log), 0, int64(len(log)))
	for {
		body, mark, err := r.read()
		if err == io.EOF {
			return records, nil
		}
		if err == nil && mark {
			err = errCorrupt // these tests write no marks
		}
		if err != nil {
			return records, err
		}
		records = append(records, body)
	}
}

var sample = []string{"first", "", "a record that is somewhat longer", "\x00\xff", "last"}

// requirePrefix checks that the records read are a prefix of those written.
func requirePrefix(t *testing.T, written []string, log []byte) (read [][]byte, err error) {
	t.Helper()
	read, err = readFrames(log)
	require.LessOrEqual(t, len(read), len(written))
	for i, r := range read {
		require.Equal(t, written[i], string(r))
	}
	return read, err
}

func TestEveryPrefix(t *testing.T) {
	log := frame(sample...)
	var ends []int
	for i := range sample {
		ends = append(ends, len(frame(sample[:i+1]...)))
	}
	for n := range len(log) + 1 {
		read, err := requirePrefix(t, sample, log[:n])
		whole := 0
		for whole < len(ends) && ends[whole] <= n {
			whole++
		}
		require.Len(t, read, whole, "the first %d bytes", n)
		if n == 0 || slices.Contains(ends, n) {
			require.NoError(t, err)
		} else {
			require.Equal(t, errTorn, err)
		}
	}
}

func TestEveryFlippedBit(t *testing.T) {
	log := frame(sample...)
	for i := range log {
		for bit := range 8 {
			bad := bytes.Clone(log)
			bad[i] ^= 1 << bit
			read, err := requirePrefix(t, sample, bad)
			require.Error(t, err)
			require.Less(t, len(frame(sample[:len(read)]...)), i+1, "what comes before byte %d is read", i)
			require.Greater(t, len(frame(sample[:len(read)+1]...)), i)
		}
	}
}

func TestZerosAreNoRecords(t *testing.T) {
	read, err := requirePrefix(t, []string{"a"}, append(frame("a"), make([]byte, 4096)...))
	require.Len(t, read, 1)
	require.Equal(t, errCorrupt, err)
}

func FuzzReadFrames(f *testing.F) {
	f.Add([]byte{}, 0, byte(0))
	f.Add(frame(sample...), 3, byte(1))
	f.Fuzz(func(t *testing.T, log []byte, at int, flip byte) {
		// Records that were read and are written again give the same bytes.
		read, err := readFrames(log)
		var again []byte
		for _, r := range read {
			again = append(again, frame(string(r))...)
		}
		require.True(t, bytes.HasPrefix(log, again))
		require.Equal(t, len(again) == len(log), err == nil)

		// Records are read back whatever their sizes, and damage does not change one.
		var written []string
		for i := 0; i < len(log); i += 1 + i%7 {
			written = append(written, string(log[i:min(len(log), i+1+i%7)]))
		}
		damaged := frame(written...)
		requirePrefix(t, written, damaged)
		if len(damaged) > 0 && flip != 0 {
			i := int(uint(at) % uint(len(damaged)))
			damaged[i] ^= flip
			read, err := requirePrefix(t, written, damaged)
			require.Error(t, err, fmt.Sprint(len(read), " of ", len(written)))
		}
	})
}
