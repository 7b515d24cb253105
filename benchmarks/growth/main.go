// Command growth measures how cost grows with work, for mutagent and for the
// OpenTelemetry SDK in one run, and draws it. It writes growth.csv and the charts of
// docs/speed.md.
//
//	go run ./growth                 # everything; some minutes
//	go run ./growth -only backend   # one chart; the others stay as they are
//	go run ./growth -draw           # only draws what growth.csv has
//
// Both are set up as their documentation shows. Both send real requests, which a
// server in memory counts and throws away; for the chart of the backend they go over
// a socket. Where the cost of a caller is measured, nothing is dropped: from time to
// time the clock stops until everything is delivered, and the command fails if
// anything got lost.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("o", "../docs", "where growth.csv and the charts are written")
	only := flag.String("only", "", "measure only this chart: events, open, input or backend")
	draw := flag.Bool("draw", false, "measure nothing")
	flag.Parse()
	p := full
	if *only != "" {
		p = p.only(*only)
	}
	if *draw {
		p = plan{}
	}
	if err := run(*dir, p); err != nil {
		log.Fatal(err)
	}
}

// A plan says what is measured.
type plan struct {
	events []int         // a span
	open   []int         // spans at once
	input  []int         // bytes
	phase  time.Duration // of the backend; 0 for none
	work   int           // how many spans, events or kilobytes make up a figure, at least
}

var full = plan{
	events: []int{1, 10, 100, 1000, 10_000},
	open:   []int{10, 100, 1000, 10_000, 100_000, 1_000_000},
	input:  []int{1e3, 10e3, 100e3, 1e6, 10e6},
	phase:  5 * time.Second,
	work:   50_000,
}

// only returns the part of a plan that one chart needs.
func (p plan) only(chart string) plan {
	part := plan{work: p.work}
	switch chart {
	case "events":
		part.events = p.events
	case "open":
		part.open = p.open
	case "input":
		part.input = p.input
	case "backend":
		part.phase = p.phase
	default:
		log.Fatalf("there is no chart %q", chart)
	}
	return part
}

// run measures what is planned, and draws that and what dir has of earlier runs.
func run(dir string, p plan) error {
	file := filepath.Join(dir, "growth.csv")
	points, err := readPoints(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fresh, err := p.measure()
	if err != nil {
		return err
	}
	if err := writePoints(file, merge(points, fresh)); err != nil {
		return err
	}
	if points, err = readPoints(file); err != nil { // what is drawn is what was written
		return err
	}
	for _, c := range charts {
		svg := c.draw(points)
		if err := os.WriteFile(filepath.Join(dir, "growth-"+c.name+".svg"), []byte(svg), 0o666); err != nil {
			return err
		}
	}
	return nil
}

func (p plan) measure() (points []point, err error) {
	for _, measure := range []func(plan) ([]point, error){plan.measureEvents, plan.measureOpen, plan.measureInput, plan.measureBackend} {
		some, err := measure(p)
		if err != nil {
			return nil, err
		}
		points = append(points, some...)
	}
	return points, nil
}

// progress tells on standard error what was just measured.
func progress(points ...point) {
	for _, p := range points {
		fmt.Fprintln(os.Stderr, strings.Join(p.fields(), " "))
	}
}
