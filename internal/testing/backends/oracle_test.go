package backends

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// An oracle knows what has arrived: it reads what the Collector writes down.
type oracle struct {
	*testing.T
	file   string
	offset int64
	seen   map[string]map[string]int // by name of the span, by its id: how often
}

func newOracle(t *testing.T) *oracle {
	return &oracle{T: t, file: filepath.Join(os.Getenv("MUTAGENT_TEST_COLLECTOR_DIR"), "out.jsonl"), seen: map[string]map[string]int{}}
}

// arrived returns the spans of a name, by id, with how often each came.
func (o *oracle) arrived(name string) map[string]int {
	f, err := os.Open(o.file)
	require.NoError(o, err)
	defer f.Close()
	_, err = f.Seek(o.offset, io.SeekStart)
	require.NoError(o, err)
	for r := bufio.NewReaderSize(f, 1<<20); ; {
		line, err := r.ReadBytes('\n')
		if err != nil { // the last line is being written
			return o.seen[name]
		}
		o.offset += int64(len(line))
		var request struct {
			ResourceSpans []struct {
				ScopeSpans []struct {
					Spans []struct{ SpanID, Name string }
				}
			}
		}
		require.NoError(o, json.Unmarshal(line, &request))
		for _, rs := range request.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					if o.seen[s.Name] == nil {
						o.seen[s.Name] = map[string]int{}
					}
					o.seen[s.Name][s.SpanID]++
				}
			}
		}
	}
}

// expect waits until the spans have arrived that ended, and reports how many came again.
// It fails if one did not, or if one came that had not ended.
func (o *oracle) expect(name string, ended map[string]bool) (again int) {
	o.Helper()
	again = o.expectAlso(name, ended)
	for id := range o.arrived(name) {
		require.True(o, ended[id], "%s arrived and had not ended", id)
	}
	return again
}

// expectAlso is expect where others may arrive: a program that is killed while a span ends
// has not written it down.
func (o *oracle) expectAlso(name string, ended map[string]bool) (again int) {
	o.Helper()
	missing := func() (n int) {
		got := o.arrived(name)
		for id := range ended {
			if got[id] == 0 {
				n++
			}
		}
		return n
	}
	require.True(o, within(patience, func() bool { return len(o.arrived(name)) >= len(ended) && missing() == 0 }),
		"%d of %d did not arrive", missing(), len(ended))
	for _, n := range o.arrived(name) {
		again += n - 1
	}
	return again
}
