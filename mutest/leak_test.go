package mutest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func TestFailOnLeaks(t *testing.T) {
	var spans []*mutagent.Span // or the open one might be collected first
	leaky := func(tb testing.TB, asked bool) {
		rec := mutest.New(tb)
		if asked {
			rec.FailOnLeaks()
		}
		ctx := rec.Context(tb.Context())
		_, end := mutagent.Start(ctx, mutagent.KindTool, "twice")
		end()
		end()
		_, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "open"})
		spans = append(spans, span)
	}
	failures := failuresOf(t, func(tb testing.TB) { leaky(tb, true) })
	require.Len(t, failures, 2)
	assert.Contains(t, failures[0], `span "twice" (tool) was ended twice`)
	assert.Contains(t, failures[0], "leak_test.go:")
	assert.Contains(t, failures[1], `span "open" (custom) had not ended at the shutdown`)
	assert.Empty(t, failuresOf(t, func(tb testing.TB) { leaky(tb, false) }))
	assert.Len(t, spans, 2)
}
