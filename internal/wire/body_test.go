package wire

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// TestGrouping goes through every order in which up to six spans of three traces
// can be added.
func TestGrouping(t *testing.T) {
	var b Batch // one for all, as in a client
	for n := range 7 {
		for order := range pow(3, n) {
			b.Reset()
			var want []string // what grouping by hand makes of it
			groups := map[byte][]string{}
			var traces []byte
			for i := range n {
				tr := byte(order / pow(3, i) % 3)
				s := in(trace(tr), span(byte(i)))
				b.Add(&s)
				if groups[tr] == nil {
					traces = append(traces, tr)
				}
				groups[tr] = append(groups[tr], fmt.Sprintf("%d/%d", tr, i))
			}
			for _, tr := range traces {
				want = append(want, groups[tr]...)
			}
			var got []string
			for _, entry := range sent(t, &b) {
				var tr, id int
				_, err := fmt.Sscanf(entry, "019aafce6c3bd1078e5520fa913c64%02x {\"spanId\":\"f067aa0ba902b7%02x", &tr, &id)
				require.NoError(t, err, entry)
				got = append(got, fmt.Sprintf("%d/%d", tr, id))
			}
			require.Equal(t, want, got, "traces in the order of their first span, spans in the order of Add")
		}
	}
}

// TestManyTraces has more traces than a small table holds, of three spans each.
func TestManyTraces(t *testing.T) {
	const traces = 1000
	var b Batch
	for i := range 3 * traces {
		s := span(byte(i / traces))
		binary.BigEndian.PutUint32(s.TraceID[:], uint32(i%traces))
		b.Add(&s)
	}
	entries := sent(t, &b)
	require.Len(t, entries, 3*traces)
	for i, entry := range entries {
		want := fmt.Sprintf("%08x%s {\"spanId\":\"%x", i/3, "6c3bd1078e5520fa913c6401", id(byte(i%3)))
		require.True(t, strings.HasPrefix(entry, want), "entry %d is %s, want %s…", i, entry, want)
	}
}

func pow(base, n int) int {
	p := 1
	for range n {
		p *= base
	}
	return p
}

func TestBodyReader(t *testing.T) {
	body := batchOf(corpus()...).Body("id", &full.header, full.lost)
	all := bytesOf(body)
	require.EqualValues(t, len(all), body.Size())
	require.NoError(t, iotest.TestReader(body.Open(), all), "reads of every size")

	slow := iotest.OneByteReader(body.Open())
	first, err := io.ReadAll(io.LimitReader(slow, 100))
	require.NoError(t, err)
	require.Equal(t, string(all), string(bytesOf(body)), "a reader starts at the beginning, wherever another one is")
	rest, err := io.ReadAll(slow)
	require.NoError(t, err)
	require.Equal(t, string(all), string(first)+string(rest), "and does not disturb it")
}

func TestBodyIsBusyWhileOpen(t *testing.T) {
	body := batchOf(span(1)).Body("id", &Header{}, Lost{})
	require.False(t, body.Busy(), "nobody has opened it")
	one, two := body.Open(), body.Open()
	require.True(t, body.Busy())
	require.NoError(t, one.Close())
	require.NoError(t, one.Close())
	require.True(t, body.Busy(), "closing one twice does not close the other")
	require.NoError(t, two.Close())
	require.False(t, body.Busy())

	_, err := one.Read(make([]byte, 1))
	require.Error(t, err, "a closed reader must not read what may have changed")
	require.NotErrorIs(t, err, io.EOF)
}

// TestCloseWhileReading: net/http closes a body of HTTP/2 while another goroutine
// reads it. Once the body is not busy, the batch may change; with -race this
// tells of a read that comes after that.
func TestCloseWhileReading(t *testing.T) {
	s := with(Span{Input: IO{Text: strings.Repeat("x", 1<<20)}})
	var b Batch
	for range 50 {
		b.Reset()
		b.Add(&s)
		body := b.Body("id", &Header{}, Lost{})
		r := body.Open()
		reading := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			buf := make([]byte, 64<<10)
			_, err := r.Read(buf)
			close(reading)
			for err == nil {
				_, err = r.Read(buf)
			}
		})
		<-reading
		require.NoError(t, r.Close())
		require.False(t, body.Busy())
		b.Reset()
		b.Add(&s)
		wg.Wait()
	}
}

// TestDetach: a batch must not wait for a server that does not read.
func TestDetach(t *testing.T) {
	spans := corpus()
	b := batchOf(spans...)
	want := string(bytesOf(b.Body("id", &full.header, full.lost)))
	body := b.Body("id", &full.header, full.lost)
	r := body.Open()
	begin, err := io.ReadAll(io.LimitReader(r, 100))
	require.NoError(t, err)

	b.Detach()
	require.Equal(t, want, string(bytesOf(b.Body("id", &full.header, full.lost))), "the batch is what it was")
	b.Reset()
	for range 2 * len(spans) {
		other := span(77)
		b.Add(&other)
	}
	b.Body("id", &Header{}, Lost{})

	rest, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, want, string(begin)+string(rest), "what is still being read does not change with the batch")
}
