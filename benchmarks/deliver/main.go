// Command deliver measures what it costs a program to deliver spans over HTTP,
// all of them: 400,000 model calls recorded by 8 goroutines as fast as they can,
// with mutagent and with the OpenTelemetry SDK, in turns: mutagent's own protocol
// beside OTLP, neither compressed, and then OTLP beside OTLP, both with gzip. Each call
// is a trace of its own; then nine calls and their agent are one. As many log records
// follow, as OTLP log records with gzip, under a span for every hundred.
//
// The program that records and the server that receives are processes of their
// own, so that the figures are of the former alone. Nothing may be dropped: a
// run counts only if the server has received every span. Memory is read from
// /proc, so it runs on Linux.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	n := flag.Int("n", 400_000, "spans, or log records, in a run")
	runs := flag.Int("runs", 5, "runs of each implementation")
	only := flag.String("impl", "", "measure only this `implementation`, as it is called in the output")
	role := flag.String("role", "", "what this process is: server, an implementation, or by default the one that starts these")
	to := flag.String("to", "", "`URL` of the server, for a role that records")
	flag.Parse()
	log.SetFlags(0)

	var err error
	switch *role {
	case "":
		err = compare(*n, *runs, *only)
	case "server":
		err = serve(os.Stdin, os.Stdout)
	default:
		err = record(*role, *to, *n)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// pairs are the implementations that are compared with each other.
var pairs = []struct{ name, ours, theirs string }{
	{"mutagent / otel", "mutagent", "otel"},
	{"in traces of ten", "mutagent-tree", "otel-tree"},
	{"by OTLP", "mutagent-otlp", "otel-gzip"},
	{"in traces of ten", "mutagent-otlp-tree", "otel-gzip-tree"},
	{"log records by OTLP", "mutagent-logs", "otel-logs"},
}

// A measurement is one run.
type measurement struct {
	perSecond float64 // spans, or log records
	cpu       float64 // µs for each
	peak      float64 // MiB
	size      float64 // bytes of request bodies for each, as sent
}

func compare(n, runs int, only string) error {
	var impls []string
	for _, p := range pairs {
		impls = append(impls, p.ours, p.theirs)
	}
	if only != "" {
		impls = []string{only}
	}
	all := map[string][]measurement{}
	printRow("", "items/s", "CPU µs/item", "peak MiB", "bytes/item")
	for range runs {
		for _, impl := range impls {
			m, err := measure(impl, n)
			if err != nil {
				return fmt.Errorf("%s: %w", impl, err)
			}
			m.print(impl)
			all[impl] = append(all[impl], m)
		}
	}
	for _, impl := range impls {
		median(all[impl]).print(impl + ", median")
	}
	if only == "" {
		for _, p := range pairs {
			printRatio(p.name, median(all[p.ours]), median(all[p.theirs]))
		}
	}
	return nil
}

func (m measurement) print(name string) {
	printRow(name, fmt.Sprintf("%.0f", m.perSecond), fmt.Sprintf("%.2f", m.cpu), fmt.Sprintf("%.1f", m.peak), fmt.Sprintf("%.0f", m.size))
}

func printRatio(name string, ours, theirs measurement) {
	printRow(name,
		fmt.Sprintf("%.2f", ours.perSecond/theirs.perSecond),
		fmt.Sprintf("%.3f", ours.cpu/theirs.cpu),
		fmt.Sprintf("%.2f", ours.peak/theirs.peak),
		fmt.Sprintf("%.2f", ours.size/theirs.size))
}

func printRow(name, perSecond, cpu, peak, size string) {
	fmt.Printf("%-24s%12s%14s%12s%12s\n", name, perSecond, cpu, peak, size)
}

func median(runs []measurement) measurement {
	of := func(figure func(measurement) float64) float64 {
		var values []float64
		for _, m := range runs {
			values = append(values, figure(m))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return measurement{
		perSecond: of(func(m measurement) float64 { return m.perSecond }),
		cpu:       of(func(m measurement) float64 { return m.cpu }),
		peak:      of(func(m measurement) float64 { return m.peak }),
		size:      of(func(m measurement) float64 { return m.size }),
	}
}

// runLimit ends a run that hangs.
const runLimit = 2 * time.Minute

// measure lets one process record n spans with impl and another receive them.
func measure(impl string, n int) (m measurement, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	defer cancel()
	url, stop, err := startServer(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, stop()) }()

	cmd, err := self(ctx, "-role", impl, "-to", url, "-n", strconv.Itoa(n))
	if err != nil {
		return m, err
	}
	out, err := cmd.Output()
	if err != nil {
		return m, err
	}
	var r recording
	if err := json.Unmarshal(out, &r); err != nil {
		return m, err
	}
	received, size, err := received(url, impl)
	if err != nil {
		return m, err
	}
	if r.Delivered != n || received != n {
		return m, fmt.Errorf("of %d items %d were delivered, and the server received %d", n, r.Delivered, received)
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return measurement{
		perSecond: float64(n) / r.Took.Seconds(),
		cpu:       float64(cpu.Nanoseconds()) / 1e3 / float64(n),
		peak:      float64(r.Peak) / (1 << 20),
		size:      float64(size) / float64(n),
	}, nil
}

// self returns a command that is this program in another role.
func self(ctx context.Context, args ...string) (*exec.Cmd, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

// startServer starts a server, which ends when its standard input does: by stop,
// or because this process has ended.
func startServer(ctx context.Context) (url string, stop func() error, err error) {
	cmd, err := self(ctx, "-role", "server")
	if err != nil {
		return "", nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() error { return errors.Join(in.Close(), cmd.Wait()) }
	url, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", nil, errors.Join(err, stop())
	}
	return strings.TrimSpace(url), stop, nil
}

// received asks the server how many items of impl's kind it has, and of how many bytes.
func received(url, impl string) (items, size int, err error) {
	kind := "/spans"
	if strings.HasSuffix(impl, "-logs") {
		kind = "/records"
	}
	resp, err := http.Get(url + kind)
	if err != nil {
		return 0, 0, err
	}
	defer resp.Body.Close()
	_, err = fmt.Fscan(resp.Body, &items, &size)
	return items, size, err
}
