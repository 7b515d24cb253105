package wire

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// corpus is one span of every sort there is. Their ids are made different, so
// that they can be told apart.
func corpus() (spans []Span) {
	for _, name := range []string{"minimal", "full", "error", "unfinished", "addendum", "interleaved", "truncated", "events", "scopes", "attributes", "messages", "documents", "raw", "hostile"} {
		for _, s := range goldens[name].spans {
			s.ID[0] = byte(len(spans))
			spans = append(spans, s)
		}
	}
	return spans
}

// sent returns what b sends, one entry for each span: the id of its trace, then
// the span. It fails if the body is not what it should be.
func sent(t *testing.T, b *Batch) (entries []string) {
	t.Helper()
	var body struct {
		Traces []struct {
			TraceID string
			Spans   []json.RawMessage
		}
	}
	raw := bytesOf(b.Body("id", &Header{Source: "sdk"}, Lost{}))
	require.NoError(t, json.Unmarshal(raw, &body), "the body is no JSON: %s", raw)
	for _, tr := range body.Traces {
		require.NotEmpty(t, tr.Spans, "a trace without a span")
		for _, s := range tr.Spans {
			entries = append(entries, tr.TraceID+" "+string(s))
		}
	}
	return entries
}

func TestBatchCounts(t *testing.T) {
	var b Batch
	require.Zero(t, b.Len())
	require.Zero(t, b.Ended())
	require.Zero(t, b.Size())

	var ended int64
	size := 0
	for i, s := range corpus() {
		if s.Ended {
			ended++
		}
		b.Add(&s)
		require.Equal(t, i+1, b.Len(), "Len counts every entry")
		require.Equal(t, ended, b.Ended(), "Ended counts neither unfinished spans nor addenda")
		require.Greater(t, b.Size(), size, "Size grows with every entry")
		size = b.Size()
	}
	require.Len(t, sent(t, &b), b.Len(), "what is counted is sent")
}

func TestEmptyBatch(t *testing.T) {
	require.Empty(t, sent(t, new(Batch)), "and the body is JSON")
}

// TestSplit splits everywhere: no entry is lost, changed or doubled, and the two
// batches share nothing that the one can spoil for the other.
func TestSplit(t *testing.T) {
	spans := corpus()
	whole := sent(t, batchOf(spans...))
	for n := range len(spans) + 1 {
		head := batchOf(spans...)
		sent(t, head) // in vain, and a Body leaves its traces
		ended, size := head.Ended(), head.Size()
		tail := head.Split(n)
		require.Equal(t, n, head.Len())
		require.Equal(t, len(spans)-n, tail.Len())
		require.Equal(t, ended, head.Ended()+tail.Ended())
		require.Equal(t, size, head.Size()+tail.Size())
		require.ElementsMatch(t, whole, slices.Concat(sent(t, head), sent(t, tail)), "split at %d", n)

		headSent, tailSent := sent(t, head), sent(t, tail)
		more := span(99)
		head.Add(&more)
		require.Equal(t, tailSent, sent(t, tail), "split at %d: adding to the first changed the second", n)
		tail.Add(&more)
		head = head.dropLast(t)
		require.Equal(t, headSent, sent(t, head), "split at %d: adding to the second changed the first", n)
	}
}

// TestMoveLast: what was the last entry is alone in the other batch, and neither
// can be spoiled by the other.
func TestMoveLast(t *testing.T) {
	spans := corpus()
	to := batchOf(spans...) // used before
	for n := range spans {
		from := batchOf(spans[:n+1]...)
		sent(t, from) // in vain, and a Body leaves its traces
		ended, size := from.Ended(), from.Size()
		to.Reset()
		from.MoveLast(to)
		require.Equal(t, ended, from.Ended()+to.Ended())
		require.Equal(t, size, from.Size()+to.Size())

		more := span(99)
		from.Add(&more)
		require.Equal(t, sent(t, batchOf(spans[n])), sent(t, to))
		to.Add(&more)
		require.Equal(t, sent(t, batchOf(append(spans[:n:n], more)...)), sent(t, from))
		stripped, _ := to.Strip()
		same, _ := batchOf(spans[n], more).Strip()
		require.Equal(t, same, stripped, "the payload begins where it did")
	}
}

// dropLast splits the last entry off.
func (b *Batch) dropLast(t *testing.T) *Batch {
	require.Equal(t, 1, b.Split(b.Len()-1).Len())
	return b
}

// TestStrip: what is left of a span is its skeleton, marked if there was more.
func TestStrip(t *testing.T) {
	for _, s := range corpus() {
		t.Run(fmt.Sprintf("%s %x", s.Name, s.ID[0]), func(t *testing.T) {
			b := batchOf(s)
			before := sent(t, b)
			stripped, addenda := b.Strip()

			if s.Start.IsZero() {
				require.Equal(t, 1, addenda, "an addendum is nothing but payload")
				require.Zero(t, b.Len())
				return
			}
			bare := s
			bare.Strip()
			bare.Truncated = s.Truncated || hasPayload(&s)
			require.Equal(t, sent(t, batchOf(bare)), sent(t, b), "stripped after it was encoded, or before: the same")
			require.Zero(t, addenda)
			switch {
			case !hasPayload(&s):
				require.Zero(t, stripped, "there was nothing to strip")
				require.Equal(t, before, sent(t, b))
			case s.Truncated:
				require.Zero(t, stripped, "it was marked before, and counted then")
			default:
				require.Equal(t, 1, stripped)
			}
		})
	}
}

func hasPayload(s *Span) bool {
	return s.Input.Size()+s.Output.Size()+len(s.Attributes)+len(s.Events) > 0
}

// TestStripAfterSplit strips a part, the whole, and what is stripped already.
func TestStripAfterSplit(t *testing.T) {
	spans := corpus()
	all := batchOf(spans...)
	stripped, addenda := all.Strip()
	ended := batchOf(spans...).Ended()
	require.Equal(t, ended, all.Ended(), "an ended span is still one without its payload")
	require.Equal(t, len(spans)-addenda, all.Len())

	for n := range len(spans) + 1 {
		head := batchOf(spans...)
		tail := head.Split(n)
		stripped1, addenda1 := head.Strip()
		stripped2, addenda2 := tail.Strip()
		require.Equal(t, stripped, stripped1+stripped2)
		require.Equal(t, addenda, addenda1+addenda2)
		require.ElementsMatch(t, sent(t, all), slices.Concat(sent(t, head), sent(t, tail)), "split at %d", n)
	}

	before := sent(t, all)
	stripped, addenda = all.Strip()
	require.Zero(t, stripped, "they are marked already")
	require.Zero(t, addenda)
	require.Equal(t, before, sent(t, all))

	more := span(99)
	all.Add(&more)
	require.ElementsMatch(t, append(before, sent(t, batchOf(more))...), sent(t, all), "a stripped batch can be added to")
}

// TestStripFreesMemory: Strip is for when memory runs short.
func TestStripFreesMemory(t *testing.T) {
	const payload = 8 << 20
	s := with(Span{Input: IO{Text: strings.Repeat("x", payload/16)}})
	var b Batch
	for range 16 {
		b.Add(&s)
	}
	b.Body("id", &Header{}, Lost{}) // it was sent, in vain
	before := heap()
	b.Strip()
	require.Greater(t, before-heap(), int64(payload*9/10), "bytes freed of %d", payload)
	require.Less(t, b.Size(), 16<<10)
	runtime.KeepAlive(&b)
}

// heap returns the bytes in use after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestNothingLeaks: a batch that was used before sends what a new one sends.
func TestNothingLeaks(t *testing.T) {
	var used Batch
	for _, name := range []string{"full", "minimal", "hostile", "addendum", "times", "lost", "interleaved", "full"} {
		r := goldens[name]
		used.Reset()
		require.Zero(t, used.Len())
		require.Zero(t, used.Size())
		for i := range r.spans {
			used.Add(&r.spans[i])
		}
		want := bytesOf(batchOf(r.spans...).Body("id", &r.header, r.lost))
		require.Equal(t, string(want), string(bytesOf(used.Body("id", &r.header, r.lost))), "%s, after another", name)
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	s := with(Span{Input: IO{Text: "Where is my order?"}, Output: IO{Text: "It was shipped."}})
	const runs = 1000
	var b Batch
	for range runs + 1 { // AllocsPerRun calls once more
		b.Add(&s)
	}
	b.Reset()
	require.Zero(t, testing.AllocsPerRun(runs, func() { b.Add(&s) }), "allocations of Add in a batch that has been as large before")
}
