package terminal

import (
	"strings"
	"testing"
	"time"
)

func TestTree(t *testing.T) {
	var b strings.Builder
	ms := time.Millisecond
	err := Tree(&b, []Span{
		{ID: "a", Name: "agent", Kind: "agent", Duration: 100 * ms},
		{ID: "b", Parent: "a", Name: "plan", Kind: "llm.chat", Duration: 50 * ms, InputTokens: 31, OutputTokens: 17, CostUSD: 0.002},
		{ID: "c", Parent: "a", Name: "pay", Start: 50 * ms, Duration: 25 * ms, Failed: true, Message: "card\ndeclined"},
		{ID: "d", Parent: "c", Name: "wait\x1b[2J", Start: 75 * ms, Duration: -1},
		{ID: "x", Parent: "y", Name: "cycle"}, {ID: "y", Parent: "x", Name: "cycle"},
	}, Style{ASCII: true, Width: 90})
	want := `
agent agent                  ========================      100ms
|- plan llm.chat             ============                   50ms          31>17   $0.0020
` + "`- pay                                   ======             25ms  card declined" + `
` + "   `- wait[2J                                  ======    running" + `
`
	if got := "\n" + b.String(); err != nil || got != want {
		t.Errorf("printed %v\n%s\nwant\n%s", err, got, want)
	}
}
