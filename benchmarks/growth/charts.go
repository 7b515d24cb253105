package main

import "strconv"

// charts are those of docs/speed.md.
var charts = []chart{
	{
		name:  "events",
		title: "Events of one span",
		notes: []string{
			"From the first event to the return of the end, for each event. Two attributes an event.",
			"OpenTelemetry keeps the last 128 events of a span unless its limit is raised.",
		},
		columns: 1,
		panels: []panel{
			{"time", "time per event", axis{label: "events of the span", unit: count, log: true}, axis{unit: duration, log: true}},
		},
	},
	{
		name:    "open",
		title:   "Spans that are open at once",
		notes:   []string{"Empty spans, all of them roots. mutagent has room for 1 GiB of spans rather than 64 MiB, which are enough for 100,000."},
		columns: 2,
		panels: []panel{
			{"time", "time per span, start and end", axis{label: "open at once", unit: count, log: true}, axis{unit: duration, log: true}},
			{"memory", "memory per open span", axis{label: "open at once", unit: count, log: true}, axis{unit: size}},
		},
	},
	{
		name:  "input",
		title: "One span with an input",
		notes: []string{
			"mutagent cuts what is longer than 4 MiB (MaxSpanBytes) and marks the span; OpenTelemetry sends it whole.",
		},
		columns: 2,
		panels: []panel{
			{"caller", "time of the caller, start to end", axis{label: "input", unit: size, log: true}, axis{unit: duration, log: true}},
			{"delivered", "time until it is delivered", axis{label: "input", unit: size, log: true}, axis{unit: duration, log: true}},
			{"sent", "bytes sent", axis{label: "input", unit: size, log: true}, axis{unit: size, log: true}},
			{"allocated", "bytes allocated, all told", axis{label: "input", unit: size, log: true}, axis{unit: size, log: true}},
		},
	},
	{
		name:  "backend",
		title: "A backend that slows down, dies and comes back",
		notes: []string{
			"2,000 spans a second; nine in ten are model calls with 300 bytes of input and of output. Both libraries with their default limits.",
			"Slow: every answer takes 500 ms. Dead: every answer is 503. Figures of each 100 ms.",
		},
		columns: 2,
		bands:   []string{"well", "slow", "dead", "back", ""},
		panels: []panel{
			{"median", "time of the caller for a model call, median", seconds, axis{unit: duration, log: true}},
			{"max", "the same, longest", seconds, axis{unit: duration, log: true}},
			{"pending", "spans that wait", seconds, axis{unit: count}},
			{"dropped", "spans dropped so far", seconds, axis{unit: count}},
			{"delivered", "spans delivered so far", seconds, axis{unit: count}},
			{"memory", "memory in use, beyond that at the start", seconds, axis{unit: size}},
		},
	},
}

var seconds = axis{label: "time", unit: func(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) + "\u00a0s" }}
