package mutlambda

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go"
)

// FuzzXRay checks that any header results in a trace of the same ID, or in none.
func FuzzXRay(f *testing.F) {
	f.Add("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
	f.Add("Root=1-5759e988bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8")
	f.Add("Self=1-a-b;;Root=;Parent")
	f.Fuzz(func(t *testing.T, header string) {
		x := parseXRay(header)
		h := http.Header{}
		mutagent.Inject(mutagent.Extract(context.Background(), http.Header{"Traceparent": {x.traceparent()}}), h)
		if text := h.Get("traceparent"); text != "" {
			root := strings.ReplaceAll(strings.TrimPrefix(x.root, "1-"), "-", "")
			assert.Equal(t, "00-"+root+"-"+x.parent+"-01", text)
		}
	})
}

// FuzzHeaders checks that no event causes a failure, and that decoded events are read
// like JSON.
func FuzzHeaders(f *testing.F) {
	f.Add(`{"headers":{"traceparent":"a","Tracestate":["b"]},"multiValueHeaders":{"tracestate":["b",["c"]]}}`)
	f.Add(`{"headers":[],"multiValueHeaders":7}`)
	f.Add(`[null]`)
	f.Fuzz(func(t *testing.T, event string) {
		raw := headersOf(json.RawMessage(event))
		for name := range raw {
			assert.Contains(t, []string{"Traceparent", "Tracestate"}, name)
		}
		var v map[string]any
		if json.Unmarshal([]byte(event), &v) != nil {
			return
		}
		for key := range v {
			for _, name := range []string{"headers", "multiValueHeaders"} {
				if key != name && strings.EqualFold(key, name) {
					return // a field accepts it, a map does not
				}
			}
		}
		decoded := headersOf(v)
		for _, name := range []string{"Traceparent", "Tracestate"} {
			assert.ElementsMatch(t, decoded[name], raw[name])
		}
	})
}
