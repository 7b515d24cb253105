package outbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/memory"
	"github.com/mutagent-io/mutagent-go/internal/mutagentapi"
	"github.com/mutagent-io/mutagent-go/internal/outbox"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

var errNo = errors.New("no")

// filled returns an outbox with n spans of one trace, in one parcel.
func filled(n int) *outbox.Outbox {
	o := outbox.New(outbox.Options{
		Destination: mutagentapi.New(mutagentapi.Options{MaxBytes: 1 << 20}),
		Budget:      memory.NewBudget(64 << 20),
	})
	for i := range n {
		o.Put(&record.Span{
			TraceID: record.TraceID{1}, ID: record.SpanID{byte(i >> 8), byte(i), 1}, Ended: true,
			Kind: "tool", Name: fmt.Sprintf("span %d.", i), Start: time.Unix(1, 0),
			More: &record.Details{Input: record.IO{Text: "payload"}},
		})
	}
	return o
}

// has reports whether a parcel has the i-th span.
func has(p *outbox.Parcel, i int) bool {
	for at := range p.Len() {
		if bytes.Contains(p.At(at), fmt.Appendf(nil, `"span %d."`, i)) {
			return true
		}
	}
	return false
}

// TestNarrow checks that an unacceptable span causes no other span to be dropped.
func TestNarrow(t *testing.T) {
	const n = 100
	for _, bad := range [][]int{{0}, {99}, {37}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {3, 13, 23, 33, 43, 53, 63, 73, 83, 93}} {
		o := filled(n)
		requests := 0
		for p := o.Next(); p != nil; p = o.Next() {
			requests++
			refused := false
			for _, i := range bad {
				refused = refused || has(p, i)
			}
			if refused {
				o.Narrow(p, errNo)
			} else {
				o.Deliver(p, 0, nil)
			}
		}
		c := o.Counts()
		assert.EqualValues(t, n-len(bad), c.Delivered, "bad: %v", bad)
		assert.EqualValues(t, len(bad), c.Dropped[outbox.ReasonRejected], "bad: %v", bad)
		assert.Zero(t, c.Pending)
		assert.Less(t, requests, 256, "bad: %v", bad)
	}
}

// TestNarrowRefusedAlike checks that a server that refuses everything is recognized
// soon.
func TestNarrowRefusedAlike(t *testing.T) {
	o := filled(1000)
	requests := 0
	for p := o.Next(); p != nil; p = o.Next() {
		requests++
		o.Narrow(p, errNo)
	}
	assert.LessOrEqual(t, requests, 63)
	assert.EqualValues(t, 1000, o.Counts().Dropped[outbox.ReasonRejected])
	assert.Zero(t, o.Counts().Pending)
}

// TestShrink checks that the first span is small enough, or given up, after as many
// requests as halving needs, whatever else waits.
func TestShrink(t *testing.T) {
	o := filled(64)
	for requests := 1; ; requests++ {
		require.LessOrEqual(t, requests, 8, "6 times halved, alone, and without its payload")
		o.Shrink(o.Next(), errNo)
		if o.Counts().Dropped[outbox.ReasonTooLarge] > 0 {
			break
		}
	}
	for p := o.Next(); p != nil; p = o.Next() {
		o.Shrink(p, errNo)
	}
	assert.EqualValues(t, 64, o.Counts().Dropped[outbox.ReasonTooLarge])
	assert.Zero(t, o.Counts().Pending)
	assert.Zero(t, o.Waiting())
}
