// Command ratios compares the implementations with each other, with one column
// for each value of -cpu. Without an argument it runs the benchmarks first, which
// takes some minutes; otherwise the argument is a file of what they printed.
//
// Each figure is made of the medians of all runs. "-" stands for what was not
// measured.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"maps"
	"math"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func main() {
	r, err := measure(os.Args[1:])
	if err != nil {
		log.Fatal(err)
	}
	r.print(os.Stdout)
}

func measure(args []string) (results, error) {
	if len(args) == 0 {
		return run()
	}
	f, err := os.Open(args[0])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f)
}

// run runs the benchmarks, and shows on standard error how far they are.
func run() (results, error) {
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", ".", "-benchtime", "0.5s", "-count", "5", "-cpu", "1,2",
		"-timeout", "1h", "github.com/mutagent-io/mutagent-go/benchmarks")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, os.Stderr), os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return read(&out)
}

// A measurement is one figure of one benchmark.
type measurement struct {
	bench string // "SpanBare/impl=otel"
	cpu   int
	unit  string // "ns/op"
}

// results hold what each run measured.
type results map[measurement][]float64

// benchLine matches a name, its -cpu suffix, which is absent for 1, and the
// figures after the number of iterations.
var benchLine = regexp.MustCompile(`^Benchmark(\S+?)(?:-(\d+))?\s+\d+\s+(.*)$`)

func read(r io.Reader) (results, error) {
	all := results{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		m := benchLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		cpu := 1
		if m[2] != "" {
			cpu, _ = strconv.Atoi(m[2]) // it is digits
		}
		figures := strings.Fields(m[3])
		for i := 0; i+1 < len(figures); i += 2 {
			v, err := strconv.ParseFloat(figures[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", lines.Text(), err)
			}
			key := measurement{m[1], cpu, figures[i+1]}
			all[key] = append(all[key], v)
		}
	}
	return all, lines.Err()
}

// median returns the median of what was measured, NaN if nothing was.
func (r results) median(m measurement) float64 {
	values := slices.Sorted(slices.Values(r[m]))
	if len(values) == 0 {
		return math.NaN()
	}
	mid := len(values) / 2
	if len(values)%2 == 0 {
		return (values[mid-1] + values[mid]) / 2
	}
	return values[mid]
}

func (r results) cpus() []int {
	set := map[int]bool{}
	for m := range r {
		set[m.cpu] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// A column looks up the medians for one value of -cpu.
type column struct {
	results
	cpu int
}

func (c column) of(bench, impl, unit string) float64 {
	return c.median(measurement{bench + "/impl=" + impl, c.cpu, unit})
}

func (c column) ns(bench, impl string) float64     { return c.of(bench, impl, "ns/op") }
func (c column) allocs(bench, impl string) float64 { return c.of(bench, impl, "allocs/op") }

// ratio is the time of mutagent as a share of another's.
func (c column) ratio(bench, other string) float64 {
	return c.ns(bench, "mutagent") / c.ns(bench, other)
}

// added is the time of mutagent beyond that of the JSON handler it forwards to.
func (c column) added(bench string) float64 { return c.of(bench, "mutagent", "added-ns/op") }

// growth is the throughput as a multiple of that with -cpu=1.
func (c column) growth(bench, impl string) float64 {
	return column{c.results, 1}.ns(bench, impl) / c.ns(bench, impl)
}

// rows are what is compared.
var rows = []struct {
	name, format string
	figure       func(column) float64
}{
	{"bare span, time, mutagent / otel", "%.2f", func(c column) float64 { return c.ratio("SpanBare", "otel") }},
	{"bare span, time, mutagent / floor", "%.2f", func(c column) float64 { return c.ratio("SpanBare", "floor") }},
	{"bare span, allocations", "%.0f", func(c column) float64 { return c.allocs("SpanBare", "mutagent") }},
	{"full span, time, mutagent / otel", "%.2f", func(c column) float64 { return c.ratio("SpanFull", "otel") }},
	{"full span, allocations", "%.0f", func(c column) float64 { return c.allocs("SpanFull", "mutagent") }},
	{"wrapped call, time, mutagent / its parts", "%.2f", func(c column) float64 { return c.ratio("Wrap", "parts") }},
	{"wrapped call, allocations, mutagent - its parts", "%.0f", func(c column) float64 {
		return c.allocs("Wrap", "mutagent") - c.allocs("Wrap", "parts")
	}},
	{"safe capture of a struct, time, mutagent / encoding/json", "%.2f", func(c column) float64 { return c.ratio("Capture/value=struct", "json") }},
	{"safe capture of a map, the same", "%.2f", func(c column) float64 { return c.ratio("Capture/value=map", "json") }},
	{"safe capture of 100 structs, the same", "%.2f", func(c column) float64 { return c.ratio("Capture/value=slice", "json") }},
	{"wrapped while disabled, ns, mutagent - plain", "%.1f", func(c column) float64 {
		return c.ns("WrapDisabled", "mutagent") - c.ns("WrapDisabled", "plain")
	}},
	{"log event, time, (mutagent - json) / otelslog", "%.2f", func(c column) float64 {
		return c.added("LogEvent") / c.ns("LogEvent", "otelslog")
	}},
	{"log event, allocations, mutagent - json", "%.0f", func(c column) float64 {
		return c.allocs("LogEvent", "mutagent") - c.allocs("LogEvent", "json")
	}},
	{"log without a span, ns, mutagent - json", "%.0f", func(c column) float64 { return c.added("LogNoSpan") }},
	{"log while disabled, ns, mutagent - json", "%.0f", func(c column) float64 { return c.added("LogDisabled") }},
	{"span while disabled, ns, mutagent", "%.1f", func(c column) float64 { return c.ns("Disabled", "mutagent") }},
	{"bare spans/s, growth from cpu=1, mutagent", "%.2f", func(c column) float64 { return c.growth("SpanBareParallel", "mutagent") }},
	{"bare spans/s, growth from cpu=1, otel", "%.2f", func(c column) float64 { return c.growth("SpanBareParallel", "otel") }},
	{"bare spans/s, growth from cpu=1, floor", "%.2f", func(c column) float64 { return c.growth("SpanBareParallel", "floor") }},
	{"full spans/s, growth from cpu=1, mutagent", "%.2f", func(c column) float64 { return c.growth("SpanFullParallel", "mutagent") }},
	{"full spans/s, growth from cpu=1, otel", "%.2f", func(c column) float64 { return c.growth("SpanFullParallel", "otel") }},
	{"delivery, time, mutagent / otel", "%.2f", func(c column) float64 { return c.ratio("Delivery", "otel") }},
	{"a model's stream, added to openai-go's time", "%.1f%%", func(c column) float64 { return c.median(measurement{"Stream", c.cpu, "added-%"}) }},
}

func (r results) print(w io.Writer) {
	cpus := r.cpus()
	fmt.Fprintf(w, "%-58s", "")
	for _, cpu := range cpus {
		fmt.Fprintf(w, "%8s", fmt.Sprintf("cpu=%d", cpu))
	}
	fmt.Fprintln(w)
	for _, row := range rows {
		fmt.Fprintf(w, "%-58s", row.name)
		for _, cpu := range cpus {
			text := "-"
			if v := row.figure(column{r, cpu}); !math.IsNaN(v) {
				text = fmt.Sprintf(row.format, v)
			}
			fmt.Fprintf(w, "%8s", text)
		}
		fmt.Fprintln(w)
	}
}
