package mutagent_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// moment parses a time as it is sent.
func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(t, err)
	return at
}

// day records a span of a day with an event every hour, and with a child that is
// wrapped, on synctest's clock. It returns when the span started.
func day(ctx context.Context) time.Time {
	log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	began := time.Now()
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "day")
	for range 23 {
		time.Sleep(time.Hour) // passes at once, on synctest's clock; the event must show it
		log.InfoContext(ctx, "hour")
	}
	_, _ = mutagent.Do(ctx, mutagent.KindTool, "nap", func(ctx context.Context) (string, error) {
		time.Sleep(59 * time.Minute) // passes at once, on synctest's clock; the event must show it
		mutagent.FromContext(ctx).AddEvent("awake")
		time.Sleep(time.Minute) // passes at once, on synctest's clock; the end must show it
		return "", nil
	})
	end()
	return began
}

// checkDay checks what arrived of a day.
func checkDay(t *testing.T, spans map[string]span, began time.Time) {
	t.Helper()
	s, nap := spans["day"], spans["nap"]
	assert.True(t, began.Equal(moment(t, s.StartTime)), "started at %v, sent was %v", began, s.StartTime)
	assert.True(t, began.Add(24*time.Hour).Equal(moment(t, s.EndTime)), s.EndTime)
	assert.Equal(t, 24*3600e3, s.DurationMs)
	require.Len(t, s.Events, 23)
	for i, e := range s.Events {
		assert.True(t, began.Add(time.Duration(i+1)*time.Hour).Equal(moment(t, e.Timestamp)), e.Timestamp)
	}
	assert.True(t, began.Add(23*time.Hour).Equal(moment(t, nap.StartTime)), nap.StartTime)
	assert.Equal(t, 3600e3, nap.DurationMs)
	require.Len(t, nap.Events, 1)
	assert.True(t, began.Add(23*time.Hour+59*time.Minute).Equal(moment(t, nap.Events[0].Timestamp)), nap.Events[0].Timestamp)
}

// TestBubbleClock: a test of the user's runs in a synctest bubble, with its client.
func TestBubbleClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := new(fakeServer)
		c := f.client(t, mutagent.Options{})
		time.Sleep(time.Second / 3) // passes at once, on synctest's clock, so that the client is older than the span
		began := day(c.Context(context.Background()))
		require.NoError(t, c.Shutdown(context.Background()))
		checkDay(t, f.named(), began)
	})
}

// TestBubbleClockOfOlderClient: the client was made before the bubble, as a default client
// may be, and is first used in it. Its goroutines live by another clock than the spans.
func TestBubbleClockOfOlderClient(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	var began [2]time.Time
	for i := range began { // another bubble starts at the same time again
		synctest.Test(t, func(*testing.T) { began[i] = day(c.Context(context.Background())) })
		require.NoError(t, c.Flush(context.Background()))
		checkDay(t, r.named(), began[i])
	}
	assert.True(t, began[0].Equal(began[1]))

	before := time.Now()
	_, end := c.Start(context.Background(), mutagent.KindTool, "outside")
	end()
	require.NoError(t, c.Flush(context.Background()))
	checkNow(t, r.named()["outside"], before)
}

// checkNow checks a span that started and ended between before and now, by this
// process's clock.
func checkNow(t *testing.T, s span, before time.Time) {
	t.Helper()
	started, ended := moment(t, s.StartTime), moment(t, s.EndTime)
	assert.False(t, started.Before(before.Truncate(time.Microsecond)), "%v < %v", started, before)
	assert.False(t, ended.Before(started), "%v < %v", ended, started)
	assert.False(t, ended.After(time.Now()), "%v is yet to come", ended)
}
