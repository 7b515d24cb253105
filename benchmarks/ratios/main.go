// Command ratios compares the implementations with each other, with one column
// for each value of -cpu, and says what is aimed at. Without an argument it runs
// the benchmarks first, which takes some minutes; otherwise the argument is a file
// of what they printed.
//
// The benchmarks run in rounds. In each, every one of them has its turn, because a
// machine that is slower for a minute should be slower for all that is compared.
//
// Each figure is made of the medians of all rounds. "-" stands for what was not
// measured, and "!" for what misses its goal.
package main

import (
	"bufio"
	"bytes"
	"flag"
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

var (
	rounds = flag.Int("rounds", 7, "how many times each benchmark runs")
	bench  = flag.String("bench", ".", "which benchmarks run")
)

func main() {
	flag.Parse()
	r, err := measure(flag.Args())
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
	var out bytes.Buffer
	for range *rounds {
		cmd := exec.Command("go", "test", "-run", "^$", "-bench", *bench, "-benchtime", "0.5s", "-cpu", "1,2",
			"-timeout", "1h", "github.com/mutagent-io/mutagent-go/benchmarks")
		cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, os.Stderr), os.Stderr
		if err := cmd.Run(); err != nil {
			return nil, err
		}
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

// crowded is the throughput of many goroutines as a share of that of two, which
// need two processors.
func (c column) crowded(impl, unit string) float64 {
	if c.cpu < 2 {
		return math.NaN()
	}
	return c.of("SpanBareCrowd", impl, "few-"+unit) / c.of("SpanBareCrowd", impl, unit)
}

// A goal is what a figure must reach.
type goal struct {
	sign  string // "≤", "≥", or "" for none
	limit string // as it is printed
}

func atMost(limit string) goal  { return goal{"≤", limit} }
func atLeast(limit string) goal { return goal{"≥", limit} }

func (g goal) String() string { return strings.TrimSpace(g.sign + " " + g.limit) }

// missed reports whether v, which was not rounded, misses the goal.
func (g goal) missed(v float64) bool {
	limit, _ := strconv.ParseFloat(strings.TrimSuffix(g.limit, "%"), 64) // TestGoals reads them all
	return g.sign == "≤" && v > limit || g.sign == "≥" && v < limit
}

// A row is one figure that is compared.
type row struct {
	name, format string
	goal         goal
	figure       func(column) float64
}

var rows = []row{
	{"bare span, time, mutagent / otel", "%.2f", atMost("0.25"), func(c column) float64 { return c.ratio("SpanBare", "otel") }},
	{"bare span, time, mutagent / floor", "%.2f", atMost("1.4"), func(c column) float64 { return c.ratio("SpanBare", "floor") }},
	{"bare span, allocations", "%.0f", atMost("1"), func(c column) float64 { return c.allocs("SpanBare", "mutagent") }},
	{"bare span, bytes", "%.0f", atMost("256"), func(c column) float64 { return c.of("SpanBare", "mutagent", "B/op") }},
	{"full span, time, mutagent / otel", "%.3f", atMost("0.10"), func(c column) float64 { return c.ratio("SpanFull", "otel") }},
	{"full span, allocations", "%.0f", goal{}, func(c column) float64 { return c.allocs("SpanFull", "mutagent") }},
	{"log event, time, (mutagent - json) / otelslog", "%.3f", atMost("0.12"), func(c column) float64 {
		return c.added("LogEvent") / c.ns("LogEvent", "otelslog")
	}},
	{"log event, allocations, mutagent - json", "%.0f", goal{}, func(c column) float64 {
		return c.allocs("LogEvent", "mutagent") - c.allocs("LogEvent", "json")
	}},
	{"wrapped call, time, mutagent / its parts", "%.2f", atMost("1.2"), func(c column) float64 { return c.ratio("Wrap", "parts") }},
	{"wrapped call, allocations, mutagent - its parts", "%.0f", goal{}, func(c column) float64 {
		return c.allocs("Wrap", "mutagent") - c.allocs("Wrap", "parts")
	}},
	{"span while disabled, ns", "%.1f", atMost("8"), func(c column) float64 { return c.ns("Disabled", "mutagent") }},
	{"span while disabled, allocations", "%.0f", atMost("0"), func(c column) float64 { return c.allocs("Disabled", "mutagent") }},
	{"wrapped while disabled, ns, mutagent - plain", "%.1f", goal{}, func(c column) float64 {
		return c.ns("WrapDisabled", "mutagent") - c.ns("WrapDisabled", "plain")
	}},
	{"log without a span, ns, mutagent - its next handler", "%.1f", atMost("10"), func(c column) float64 { return c.added("LogNoSpan") }},
	{"log while disabled, ns, the same", "%.1f", goal{}, func(c column) float64 { return c.added("LogDisabled") }},
	{"bare spans/s, growth from cpu=1, mutagent / floor", "%.2f", atLeast("1.0"), func(c column) float64 {
		return c.growth("SpanBareParallel", "mutagent") / c.growth("SpanBareParallel", "floor")
	}},
	{"the growth itself, mutagent", "%.2f", goal{}, func(c column) float64 { return c.growth("SpanBareParallel", "mutagent") }},
	{"the growth itself, otel", "%.2f", goal{}, func(c column) float64 { return c.growth("SpanBareParallel", "otel") }},
	{"the growth itself, floor", "%.2f", goal{}, func(c column) float64 { return c.growth("SpanBareParallel", "floor") }},
	{"full spans/s, growth from cpu=1, mutagent", "%.2f", goal{}, func(c column) float64 { return c.growth("SpanFullParallel", "mutagent") }},
	{"full spans/s, growth from cpu=1, otel", "%.2f", goal{}, func(c column) float64 { return c.growth("SpanFullParallel", "otel") }},
	{"bare spans/s, 16 goroutines / 2 goroutines, mutagent", "%.2f", atLeast("1.0"), func(c column) float64 { return c.crowded("mutagent", "ns/op") }},
	{"the same without the delivery", "%.2f", goal{}, func(c column) float64 { return c.crowded("mutagent", "calls-ns/op") }},
	{"the same, floor", "%.2f", goal{}, func(c column) float64 { return c.crowded("floor", "ns/op") }},
	{"end with the spool at end, time, mutagent / a write", "%.2f", atMost("1.3"), func(c column) float64 {
		return c.of("EndSpool", "atend", "median-ns/end") / c.of("EndSpool", "atend", "median-ns/write")
	}},
	{"a model's stream, added to openai-go's time", "%.1f%%", atMost("1%"), func(c column) float64 { return c.median(measurement{"Stream", c.cpu, "added-%"}) }},
	{"delivery, time, mutagent / otel", "%.2f", goal{}, func(c column) float64 { return c.ratio("Delivery", "otel") }},
	{"safe capture of a struct, time, mutagent / encoding/json", "%.2f", goal{}, func(c column) float64 { return c.ratio("Capture/value=struct", "json") }},
	{"safe capture of a map, the same", "%.2f", goal{}, func(c column) float64 { return c.ratio("Capture/value=map", "json") }},
	{"safe capture of 100 structs, the same", "%.2f", goal{}, func(c column) float64 { return c.ratio("Capture/value=slice", "json") }},
}

func (r results) print(w io.Writer) {
	cpus := r.cpus()
	fmt.Fprintf(w, "%-58s%10s", "", "goal")
	for _, cpu := range cpus {
		fmt.Fprintf(w, "%8s ", fmt.Sprintf("cpu=%d", cpu))
	}
	fmt.Fprintln(w)
	for _, row := range rows {
		fmt.Fprintf(w, "%-58s%10s", row.name, row.goal)
		for _, cpu := range cpus {
			text, mark := "-", " "
			if v := row.figure(column{r, cpu}); !math.IsNaN(v) {
				text = fmt.Sprintf(row.format, v)
				if row.goal.missed(v) {
					mark = "!"
				}
			}
			fmt.Fprintf(w, "%8s%s", text, mark)
		}
		fmt.Fprintln(w)
	}
}
