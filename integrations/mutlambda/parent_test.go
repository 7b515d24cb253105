package mutlambda_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/integrations/mutlambda"
	"github.com/mutagent-io/mutagent-go/mutest"
)

const (
	traceID     = "0af7651916cd43dd8448eb211c80319c"
	spanID      = "b7ad6b7169203331"
	traceparent = "00-" + traceID + "-" + spanID + "-01"
	xrayID      = "5759e988bd862e3fe1be46a994272793"
	xrayHeader  = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=a:1|b:2"
)

type (
	Tagged struct {
		H map[string]string `json:"Headers,omitempty"`
	}
	embedding struct{ *Tagged }
	header    string
	named     struct{ Headers map[header][]any }
)

// takers are handlers that take HTTP events in different types.
var takers = map[string]any{
	"API Gateway v1": func(events.APIGatewayProxyRequest) {},
	"API Gateway v2": func(*events.APIGatewayV2HTTPRequest) {},
	"load balancer":  func(context.Context, events.ALBTargetGroupRequest) {},
	"function URL":   func(context.Context, *events.LambdaFunctionURLRequest) error { return nil },
	"map":            func(map[string]any) {},
	"any":            func(any) {},
	"raw":            func(json.RawMessage) {},
	"bytes":          byteHandler(func(context.Context, []byte) ([]byte, error) { return nil, nil }),
	"tagged":         func(Tagged) {},
	"embedding":      func(embedding) {},
}

func TestParentFromHeaders(t *testing.T) {
	for name, taker := range takers {
		for _, headers := range []string{
			`{"headers":{"host":"a","traceparent":"` + traceparent + `","n":null}}`,
			`{"headers":{"TraceParent":"` + traceparent + `","tracestate":"a=1"}}`,
		} {
			span, _ := parentOf(t, taker, headers, xrayHeader)
			assert.Equal(t, traceID, span.TraceID, "%s: %s", name, headers)
			assert.Equal(t, spanID, span.ParentID, name)
		}
	}
	_, ok := parentOf(t, func(embedding) {}, `{}`, "")
	assert.True(t, ok, "a field behind a nil pointer")
	span, _ := parentOf(t, func(named) {}, `{"headers":{"traceparent":["`+traceparent+`"]}}`, "")
	assert.Equal(t, traceID, span.TraceID)
}

func TestParentFromMultiValueHeaders(t *testing.T) {
	const other = `"00-00000000000000000000000000000001-0000000000000001-01"`
	for _, name := range []string{"API Gateway v1", "load balancer", "map", "any", "raw", "bytes"} {
		span, _ := parentOf(t, takers[name], `{"headers":{"traceparent":"`+traceparent+`"},"multiValueHeaders":{"Traceparent":["`+traceparent+`"]}}`, "")
		assert.Equal(t, traceID, span.TraceID, name)
		span, _ = parentOf(t, takers[name], `{"headers":{"traceparent":"`+traceparent+`"},"multiValueHeaders":{"traceparent":["`+traceparent+`",`+other+`]}}`, "")
		assert.Empty(t, span.ParentID, "%s: two are none", name)
	}
}

// TestParentFromXRay checks that invocations that X-Ray does not sample are recorded.
func TestParentFromXRay(t *testing.T) {
	for _, headers := range []string{``, `{}`, `{"headers":{"traceparent":"00-1-2-01"}}`, `{"headers":7}`, `{"headers":null}`, `[]`} {
		span, ok := parentOf(t, takers["bytes"], headers, xrayHeader)
		require.True(t, ok)
		assert.Equal(t, xrayID, span.TraceID, headers)
		assert.Equal(t, "53995c3f42cd8ad8", span.ParentID, headers)
		assert.Equal(t, "1-5759e988-bd862e3fe1be46a994272793", span.Attributes["aws.xray.trace_id"])
		assert.Equal(t, false, span.Attributes["aws.xray.sampled"])
	}
	span, _ := parentOf(t, func() {}, `{}`, "Sampled=1; Parent=53995c3f42cd8ad8 ;Root=1-5759e988-bd862e3fe1be46a994272793")
	assert.Equal(t, xrayID, span.TraceID, "in any order")
	assert.Equal(t, true, span.Attributes["aws.xray.sampled"])
}

// TestNoParent checks that unreadable headers result in no parent and cause no failure.
func TestNoParent(t *testing.T) {
	for _, x := range []string{
		"", ";", "=", "Root=1-5759e988-bd862e3fe1be46a994272793", "Root=2-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
		"Root=1-5759e9-88bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f",
		"Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8",
	} {
		span, ok := parentOf(t, takers["any"], `{}`, x)
		require.True(t, ok)
		assert.Empty(t, span.ParentID, x)
	}
	for _, event := range []string{`{"headers":{"traceparent":{}}}`, `{"headers":"traceparent"}`, `null`, `7`, `"x"`, `{"Records":[{"messageId":"1"}]}`} {
		for _, name := range []string{"any", "raw", "bytes", "tagged"} {
			span, _ := parentOf(t, takers[name], event, "")
			assert.Empty(t, span.ParentID, "%s: %s", name, event)
		}
	}
	large := `{"headers":{"traceparent":"` + traceparent + `"},"body":"` + strings.Repeat("x", 1<<20) + `"}`
	span, _ := parentOf(t, takers["raw"], large, "")
	assert.Empty(t, span.ParentID, "too large to be decoded for that")
	span, _ = parentOf(t, takers["API Gateway v2"], large, "")
	assert.Equal(t, spanID, span.ParentID)
}

// TestNotSampled checks that the sampled flag of a traceparent is respected.
func TestNotSampled(t *testing.T) {
	_, ok := parentOf(t, takers["any"], `{"headers":{"traceparent":"00-`+traceID+`-`+spanID+`-00"}}`, xrayHeader)
	assert.False(t, ok)
}

// parentOf returns the span of an invocation, if it was recorded.
func parentOf(t *testing.T, handler any, event, xray string) (mutest.Span, bool) {
	t.Helper()
	rec := mutest.New(t)
	//lint:ignore SA1029 it is what lambda.Start does
	ctx := context.WithValue(rec.Context(t.Context()), "x-amzn-trace-id", xray)
	invoke(ctx, mutlambda.Wrap(handler), event)
	spans := rec.Spans()
	if len(spans) == 0 {
		return mutest.Span{}, false
	}
	return spans[0], true
}
