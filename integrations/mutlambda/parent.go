package mutlambda

import (
	"context"
	"net/http"
	"strings"

	"github.com/mutagent-io/mutagent-go"
)

// extract returns a copy of ctx whose next span continues the trace of the event's
// headers or, without one, that of X-Ray.
func extract(ctx context.Context, event any) context.Context {
	ctx = mutagent.Extract(ctx, http.Header{"Traceparent": {xrayOf(ctx).traceparent()}})
	return mutagent.Extract(ctx, headersOf(event))
}

// An xray is the trace header that Lambda sets for X-Ray:
//
//	Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1
type xray struct{ root, parent, sampled string }

// xrayOf reads the header from the context value that lambda.Start sets.
func xrayOf(ctx context.Context) xray {
	header, _ := ctx.Value("x-amzn-trace-id").(string)
	return parseXRay(header)
}

func parseXRay(header string) (x xray) {
	for pair := range strings.SplitSeq(header, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		switch key {
		case "Root":
			x.root = value
		case "Parent":
			x.parent = value
		case "Sampled":
			x.sampled = value
		}
	}
	return x
}

// traceparent returns x in the form of W3C Trace Context; the reader validates it. It
// always sets the sampled flag: X-Ray samples one request a second and a few percent of
// the rest, which must not decide what is recorded here.
func (x xray) traceparent() string {
	version, id, _ := strings.Cut(x.root, "-")
	seconds, random, _ := strings.Cut(id, "-")
	if version != "1" || len(seconds) != 8 {
		return ""
	}
	return "00-" + seconds + random + "-" + x.parent + "-01"
}
