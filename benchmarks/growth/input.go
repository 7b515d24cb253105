package main

import (
	"runtime"
	"strings"
	"time"
)

// prose is a text as models get it: with line ends and quotes, which are escaped.
const prose = "The customer writes: \"I ordered two lamps on Monday, and only one of them came.\"\n" +
	"Find the order, see whether the parcel was split, and answer in two sentences.\n"

// measureInput measures inputs that become longer and longer: the time until the
// caller may go on and until everything is delivered, and the bytes that are sent
// and allocated.
func (p plan) measureInput() (points []point, err error) {
	for _, size := range p.input {
		text := strings.Repeat(prose, size/len(prose)+1)[:size]
		for _, start := range []func(*sink) (tracer, error){
			func(s *sink) (tracer, error) { return newMutagent(s, 0) },
			func(s *sink) (tracer, error) { return newOTel(s) },
		} {
			server := new(sink)
			t, err := start(server)
			if err != nil {
				return nil, err
			}
			at, spans := inputFigures(t, p, text, server)
			if err := closed(t, spans); err != nil {
				return nil, err
			}
			progress(at...)
			points = append(points, at...)
		}
	}
	return points, nil
}

func inputFigures(t tracer, p plan, text string, server *sink) (at []point, spans int) {
	together := min(max(1, 1_000_000/len(text)), burst) // between two flushes
	rounds := max(3, p.work*1000/len(text)/together)
	t.room(1)
	inputs(t, text, together) // connections, buffers
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sent := server.bytes.Load()
	var all []float64
	for range rounds {
		began := time.Now()
		inputs(t, text, together)
		all = append(all, since(began)/float64(together))
	}
	runtime.ReadMemStats(&after)
	n := float64(rounds * together)
	figure := func(panel string, y float64) { at = append(at, point{"input", panel, t.name(), float64(len(text)), y}) }
	figure("delivered", median(all))
	figure("sent", float64(server.bytes.Load()-sent)/n)
	figure("allocated", float64(after.TotalAlloc-before.TotalAlloc)/n)

	// A caller comes back after the same pause for every size.
	var caller []float64
	for range callerRounds {
		caller = append(caller, inputs(t, text, callerSpans)...)
	}
	figure("caller", median(caller))
	return at, (rounds+1)*together + callerRounds*callerSpans
}

const (
	callerRounds = 25
	callerSpans  = 4 // between two flushes: the largest inputs have room in every queue
)

// inputs records n spans and delivers them. It returns what the caller paid for
// each.
func inputs(t tracer, text string, n int) (took []float64) {
	for range n {
		began := time.Now()
		t.start(0)
		t.input(0, text)
		t.end(0)
		took = append(took, since(began))
	}
	t.flush()
	return took
}
