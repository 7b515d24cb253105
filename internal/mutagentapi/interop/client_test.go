//go:build vendorclient

package interop

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// TestVendorClient runs $VENDOR_PROGRAM, which fails if a request of its was refused.
// mutest.Server fails the test if one breaks the contract.
func TestVendorClient(t *testing.T) {
	srv := mutest.NewServer(t)
	srv.Speak(mutest.API01) // the generation that the client is of
	cmd := exec.CommandContext(t.Context(), os.Getenv("VENDOR_PYTHON"), os.Getenv("VENDOR_PROGRAM"), srv.URL)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)

	for _, trace := range srv.Traces() {
		assert.Equal(t, "python-session", trace.SessionID)
		assert.Equal(t, "development", trace.Environment)
	}
	names := []string{}
	for _, s := range srv.Spans() {
		names = append(names, s.Name)
	}
	assert.ElementsMatch(t, []string{"python agent", "plan", "get_weather", "find notes", "pay"}, names)

	agent := srv.Span("python agent")
	assert.Equal(t, mutagent.KindAgent, agent.Kind)
	assert.Equal(t, "18 degrees.", agent.Output.Text)
	plan := srv.Span("plan")
	assert.Equal(t, agent.SpanID, plan.ParentID)
	assert.EqualValues(t, 31, plan.Metrics.InputTokens)
	assert.Equal(t, "Weather in Paris?", plan.Input.Messages[1].Content)
	assert.Equal(t, map[string]any{"city": "Paris"}, plan.Output.Messages[0].Parts[0].Arguments)
	assert.Equal(t, "Paris is mild in May.", srv.Span("find notes").Output.Documents[0].Content)
	pay := srv.Span("pay")
	assert.Equal(t, mutagent.StatusError, pay.Status)
	assert.Equal(t, "card declined", pay.StatusMessage)
	assert.Equal(t, map[string]any{"by": "bank"}, pay.Events[0].Attributes)
}
