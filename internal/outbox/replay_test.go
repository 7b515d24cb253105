package outbox_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/memory"
	"github.com/mutagent-io/mutagent-go/internal/mutagentapi"
	"github.com/mutagent-io/mutagent-go/internal/outbox"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// TestFlushUnderLoad checks that a flush ends even if the program fills the backlog as
// fast as it is sent. The flush waits for what was put before it, and for segments of
// dead processes.
func TestFlushUnderLoad(t *testing.T) {
	budget := memory.NewBudget(1 << 10)
	o := outbox.New(outbox.Options{
		Destination: mutagentapi.New(mutagentapi.Options{MaxBytes: 1 << 20}),
		Budget:      budget,
		Spool:       spool.New(spool.Options{Dir: t.TempDir(), Group: "test", MaxBytes: 1 << 20, SegmentBytes: 1 << 10, MaxAge: time.Hour}),
	})
	defer o.Close(nil)
	budget.Add(budget.Max()) // memory is full: records stay only on disk
	o.Tidy()
	put := func() {
		o.Put(&record.Span{TraceID: record.TraceID{1}, ID: record.SpanID{1}, Ended: true, Kind: "tool", Name: "t", Start: time.Unix(1, 0)})
		o.Commit()
	}
	put()
	o.Seal()
	now := time.Now()
	mark, mood := o.Mark(), outbox.Mood{Now: now, Flush: now}
	var read int
	for ; o.Oldest() <= mark || o.HasLeftovers(mood.Flush); read++ {
		require.Less(t, read, 3)
		put()
		o.Replay(mood)
		p := o.Next()
		require.NotNil(t, p)
		o.Seal()
		put()
		o.Deliver(p, 0, nil)
		o.Replay(mood) // another is already being sent
	}
	assert.Positive(t, o.Counts().Spooled)
}
