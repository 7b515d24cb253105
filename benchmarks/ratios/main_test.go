package main

import (
	"strconv"
	"strings"
	"testing"
)

const output = `goos: linux
BenchmarkSpanBare/impl=mutagent    	  412018	       100 ns/op	         0 drop/op	     819 B/op	       2 allocs/op
BenchmarkSpanBare/impl=mutagent    	  412018	       900 ns/op	         0 drop/op	     819 B/op	       2 allocs/op
BenchmarkSpanBare/impl=mutagent    	  412018	       200 ns/op	         0 drop/op	     819 B/op	       2 allocs/op
BenchmarkSpanBare/impl=otel        	  203120	      1000 ns/op	         0 drop/op	     944 B/op	       3 allocs/op
BenchmarkSpanBare/impl=mutagent-2  	  412018	       300 ns/op	         0 drop/op	     819 B/op	       2 allocs/op
BenchmarkSpanBare/impl=otel-2      	  203120	      1000 ns/op	         0 drop/op	     944 B/op	       3 allocs/op
BenchmarkSpanBareParallel/impl=mutagent   	     352	       350 ns/op	         0 drop/op
BenchmarkSpanBareParallel/impl=mutagent-2 	     265	       200 ns/op	         0 drop/op
PASS
`

func TestRatios(t *testing.T) {
	r, err := read(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	r.print(&table)
	for _, want := range []string{
		"goal cpu=1 cpu=2",
		"bare span, time, mutagent / otel ≤ 0.25 0.20 0.30!",
		"bare span, allocations ≤ 1 2! 2!",
		"the growth itself, mutagent 1.00 1.75",
		"delivery, time, mutagent / otel - -",
	} {
		if !strings.Contains(strings.Join(strings.Fields(table.String()), " "), want) {
			t.Errorf("the table lacks %q:\n%s", want, &table)
		}
	}
}

// TestGoals: a goal that is no number would be missed by nothing.
func TestGoals(t *testing.T) {
	for _, row := range rows {
		if row.goal == (goal{}) {
			continue
		}
		if _, err := strconv.ParseFloat(strings.TrimSuffix(row.goal.limit, "%"), 64); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}
