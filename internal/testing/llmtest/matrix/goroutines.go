package matrix

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"testing"
	"time"
)

// label marks the goroutines that a case has started. Goroutines inherit labels.
const label = "matrix"

// patience is the limit for anything. Only something that never ends reaches it.
const patience = 10 * time.Second

// stragglers fails the test if goroutines that it started do not end.
func stragglers(t *testing.T) {
	t.Helper()
	var left string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); runtime.Gosched() {
		var n int
		if n, left = labelled(t.Name()); n == 1 { // this goroutine
			return
		}
	}
	t.Errorf("these goroutines are left behind:\n%s", left)
}

// sender is in the stack of the goroutine of a recorder's client, which may stay.
const sender = "/internal/pipeline."

var count = regexp.MustCompile(`(?m)^(\d+) @`)

// labelled counts the goroutines with the label, and returns their stacks.
func labelled(value string) (n int, stacks string) {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		panic(err) // a Buffer never fails
	}
	want := fmt.Sprintf("# labels: {%q:%q}", label, value)
	for group := range strings.SplitSeq(profile.String(), "\n\n") {
		first := count.FindStringSubmatch(group)
		if first == nil || !strings.Contains(group, want) || strings.Contains(group, sender) {
			continue
		}
		several, err := strconv.Atoi(first[1])
		if err != nil {
			panic(err) // the text has only digits
		}
		n += several
		stacks += group + "\n\n"
	}
	return n, stacks
}
