package main

import (
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRun measures little of everything, twice. What it measures is not looked at,
// only that all of it is there.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	tiny := plan{events: []int{1, 200}, open: []int{10, 100}, input: []int{1e3, 1e4}, phase: 2 * window, work: 100}
	if err := run(dir, tiny); err != nil {
		t.Fatal(err)
	}
	points, err := readPoints(filepath.Join(dir, "growth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range charts {
		for _, p := range c.panels {
			lines := pointsOf(points, c.name, p.name)
			if len(lines) < 2 || !slices.ContainsFunc(lines, func(l line) bool { return l.name == ours }) {
				t.Errorf("%s, %s: %d lines", c.name, p.name, len(lines))
			}
		}
	}
	if err := run(dir, tiny.only("events")); err != nil {
		t.Fatal(err)
	}
	again, err := readPoints(filepath.Join(dir, "growth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if len(again) != len(points) {
		t.Errorf("%d points after one chart was measured again, %d before", len(again), len(points))
	}
}

// TestDrawn: a chart is XML, has the name of every line, and nothing lies outside.
func TestDrawn(t *testing.T) {
	points, err := readPoints("../../docs/growth.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range charts {
		svg := c.draw(points)
		committed, err := os.ReadFile("../../docs/growth-" + c.name + ".svg")
		if err != nil {
			t.Fatal(err)
		}
		if string(committed) != svg {
			t.Errorf("%s is not what growth.csv says; go run ./growth -draw", c.name)
		}
		for decoder := xml.NewDecoder(strings.NewReader(svg)); ; {
			_, err := decoder.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		for _, p := range c.panels {
			for _, l := range pointsOf(points, c.name, p.name) {
				if !strings.Contains(svg, ">"+l.name+"</text>") {
					t.Errorf("%s, %s does not name %s", c.name, p.name, l.name)
				}
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || strings.Contains(svg, "%!") {
			t.Errorf("%s has a figure that is none", c.name)
		}
	}
}

// TestAxis: an axis begins and ends with a tick, and has all values between.
func TestAxis(t *testing.T) {
	for _, tt := range []struct {
		axis      axis
		low, high float64
		ticks     string
	}{
		{axis{unit: duration, log: true}, 158, 1321, "100 ns, 1 µs, 10 µs"},
		{axis{unit: count, log: true}, 1, 10_000, "1, 10, 100, 1k, 10k"},
		{axis{unit: size, log: true}, 100, 100, "100 B, 1 KB"},
		{axis{unit: size}, 236, 528, "0 B, 100 B, 200 B, 300 B, 400 B, 500 B, 600 B"},
		{axis{unit: count}, 0, 18105, "0, 5k, 10k, 15k, 20k"},
		{axis{unit: count}, 0, 0, "0, 0.2, 0.4, 0.6, 0.8, 1"},
		{seconds, 0.1, 25, "0 s, 5 s, 10 s, 15 s, 20 s, 25 s"},
	} {
		a := tt.axis.over(tt.low, tt.high).between(0, 100)
		var ticks []string
		for _, v := range a.ticks() {
			ticks = append(ticks, strings.ReplaceAll(a.unit(v), "\u00a0", " "))
		}
		if got := strings.Join(ticks, ", "); got != tt.ticks {
			t.Errorf("from %v to %v: %s, not %s", tt.low, tt.high, got, tt.ticks)
		}
		if at := []float64{a.at(a.low), a.at(tt.low), a.at(tt.high), a.at(a.high)}; at[0] != 0 || !slices.IsSorted(at) || at[3] < 99.9 || at[3] > 100.1 {
			t.Errorf("from %v to %v: %v", tt.low, tt.high, at)
		}
	}
}

func TestPhases(t *testing.T) {
	if got := len(charts[3].bands); got != len(phases) {
		t.Errorf("%d bands for %d phases", got, len(phases))
	}
}
