package faults_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/testing/faults"
)

// A journal is the log of a victim.
type journal struct {
	ended   map[faults.ID]time.Time // when each span ended
	flushed []faults.ID             // spans that ended before a successful flush
}

// now returns a time that two processes can compare.
func now() int64 { return time.Now().UnixNano() }

func readJournal(t *testing.T, path string) journal {
	t.Helper()
	j := journal{ended: map[faults.ID]time.Time{}}
	file, err := os.Open(path)
	if os.IsNotExist(err) {
		return j // killed before it could write
	}
	require.NoError(t, err)
	defer file.Close()

	var inOrder []faults.ID
	upTo := map[int]int{} // number of ended spans when a flush began
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		verb, rest, _ := strings.Cut(lines.Text(), " ")
		switch verb {
		case "ended":
			var id faults.ID
			var when int64
			_, err := fmt.Sscan(rest, &id.Trace, &id.Span, &when)
			require.NoError(t, err, lines.Text())
			j.ended[id] = time.Unix(0, when)
			inOrder = append(inOrder, id)
		case "flush", "flushed":
			var n int
			_, err := fmt.Sscan(rest, &n)
			require.NoError(t, err, lines.Text())
			if verb == "flush" {
				upTo[n] = len(inOrder)
			} else {
				j.flushed = inOrder[:upTo[n]]
			}
		default:
			t.Fatalf("%s: %q", path, lines.Text())
		}
	}
	require.NoError(t, lines.Err())
	return j
}
