//go:build !race

package w3c_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go/internal/w3c"
)

func TestExtractAllocations(t *testing.T) {
	for name, h := range map[string]http.Header{
		"no header":   header("accept: */*"),
		"traceparent": header("traceparent: " + valid),
		"tracestate":  header("traceparent: "+valid, "tracestate: rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
		"white space": header("traceparent: "+valid, "tracestate:  rojo=00f067aa0ba902b7 "),
		"not valid":   header("traceparent: "+valid+"1", "tracestate: foo"),
	} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { w3c.Extract(h) }), name)
	}
}

// TestInjectAllocations checks that Inject allocates only the text of the traceparent
// and a slice for each header.
func TestInjectAllocations(t *testing.T) {
	h := http.Header{"Traceparent": nil, "Tracestate": nil}
	p := parent()
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { w3c.Inject(h, p) }), 3.0)
}
