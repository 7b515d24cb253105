package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"slices"
	"strconv"
)

// A point is one figure.
type point struct {
	chart, panel, line string
	x, y               float64
}

var header = []string{"chart", "panel", "line", "x", "y"}

func (p point) fields() []string {
	return []string{p.chart, p.panel, p.line, number(p.x), number(p.y)}
}

// number has four digits, which is more than any of the figures deserves.
func number(v float64) string {
	if v >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

func readPoints(file string) (points []point, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = len(header)
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	for _, row := range rows[1:] {
		p := point{chart: row[0], panel: row[1], line: row[2]}
		if p.x, err = strconv.ParseFloat(row[3], 64); err != nil {
			return nil, err
		}
		if p.y, err = strconv.ParseFloat(row[4], 64); err != nil {
			return nil, err
		}
		points = append(points, p)
	}
	return points, nil
}

func writePoints(file string, points []point) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(header) // it is memory
	for _, p := range points {
		_ = w.Write(p.fields())
	}
	w.Flush()
	return os.WriteFile(file, b.Bytes(), 0o666)
}

// merge replaces the charts of which there are fresh points.
func merge(old, fresh []point) []point {
	stale := func(p point) bool {
		return slices.ContainsFunc(fresh, func(f point) bool { return f.chart == p.chart })
	}
	return append(slices.DeleteFunc(old, stale), fresh...)
}
