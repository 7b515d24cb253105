package batch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/wire"
)

func always(v verdict) func(*http.Request, post) verdict {
	return func(*http.Request, post) verdict { return v }
}

var rejected = verdict{status: http.StatusBadRequest}

// TestEveryInterleavingOfEnd has the loop take items while they end, with real
// goroutines: each span arrives exactly once, whoever pushed it.
func TestEveryInterleavingOfEnd(t *testing.T) {
	const producers, spans = 4, 2000
	s := &server{}
	b := s.batcher(t, Options{Size: 3})
	var wg sync.WaitGroup
	var stop atomic.Bool
	wg.Go(func() {
		for !stop.Load() {
			balanced(t, b.Stats()) // has the loop look at the queue all the time
		}
	})
	var work sync.WaitGroup
	for p := range producers {
		work.Go(func() {
			for i := range spans {
				it := begin(b, fmt.Sprint(p, " ", i), nil)
				if i%3 == 0 {
					runtime.Gosched()
				}
				end(b, it, "payload")
			}
		})
	}
	work.Wait()
	stop.Store(true)
	wg.Wait()
	shutdown(t, b)
	got := s.ended()
	require.Len(t, got, producers*spans)
	for name, times := range got {
		require.Equal(t, 1, times, name)
	}
}

// TestNoWakeUpIsLost records without ever flushing: the loop must notice by
// itself, whatever it was about to do.
func TestNoWakeUpIsLost(t *testing.T) {
	for size := 1; size <= 3; size++ {
		for round := range 100 {
			synctest.Test(t, func(t *testing.T) {
				const producers, spans = 3, 7
				s := &server{}
				b := s.batcher(t, Options{Size: size})
				for p := range producers {
					go func() {
						for i := range spans {
							record(b, fmt.Sprint(p, " ", i))
							if (i+p+round)%5 == 0 {
								time.Sleep(time.Duration(round%3) * pace / 2)
							}
						}
					}()
				}
				time.Sleep(b.opts.Interval + time.Second)
				require.Len(t, s.ended(), producers*spans)
				require.Zero(t, used(b))
				shutdown(t, b)
			})
		}
	}
}

// TestRootIsSentSoon whatever the loop is doing when the root ends.
func TestRootIsSentSoon(t *testing.T) {
	for range 300 {
		synctest.Test(t, func(t *testing.T) {
			s := &server{}
			b := s.batcher(t, Options{Size: 10, Interval: time.Hour})
			for i := range 3 {
				go func() {
					it := begin(b, fmt.Sprint(i), nil)
					it.Span.Marks = wire.Root
					end(b, it, "")
				}()
			}
			time.Sleep(time.Second)
			require.Len(t, s.ended(), 3)
			shutdown(t, b)
		})
	}
}

func TestBurstMakesFewRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(*http.Request, post) verdict { time.Sleep(20 * time.Millisecond); return accepted }}
		b := s.batcher(t, Options{Size: 10})
		for i := range 10_000 {
			record(b, fmt.Sprint(i))
		}
		time.Sleep(2 * b.opts.Interval)
		require.Len(t, s.ended(), 10_000)
		require.Less(t, s.count(), 50)
		shutdown(t, b)
	})
}

// TestFullRequestsDoNotWait for the number of spans, nor for one another.
func TestFullRequestsDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(*http.Request, post) verdict { time.Sleep(time.Second); return accepted }}
		b := s.batcher(t, Options{Size: 1_000, MaxBatch: 10_000, Interval: time.Minute})
		for i := range 999 {
			record(b, fmt.Sprint(i))
		}
		b.Stats() // has them encoded
		time.Sleep(time.Millisecond)
		require.EqualValues(t, 4, b.Stats().Requests)
		shutdown(t, b)
	})
}

// TestPutBackIsDue: what has waited once does not wait for an interval again.
func TestPutBackIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := &server{answer: func(*http.Request, post) verdict {
			if time.Since(began) < 10*time.Second {
				return broken
			}
			return accepted
		}}
		b := s.batcher(t, Options{Size: 1, Interval: time.Hour})
		record(b, "a")
		time.Sleep(time.Minute)
		require.Len(t, s.ended(), 1)
		shutdown(t, b)
	})
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(_ *http.Request, p post) verdict {
			if len(p.Traces[0].Spans) > 1 {
				return verdict{status: http.StatusRequestEntityTooLarge}
			}
			return accepted
		}}
		b := s.batcher(t, Options{Size: 4, Interval: time.Hour})
		for i := range 4 {
			record(b, fmt.Sprint(i))
		}
		time.Sleep(time.Minute)
		require.Len(t, s.ended(), 4, "all parts of a request that was halved")
		shutdown(t, b)
	})
}

// TestOutageIsQuiet: three hours without the server costs few requests.
func TestOutageIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: always(broken)}
		b := s.batcher(t, Options{Size: 1})
		for i := range 10 {
			record(b, fmt.Sprint(i))
		}
		time.Sleep(3 * time.Hour)
		rounds := b.Stats().Requests
		require.Less(t, rounds, int64(3*time.Hour/(longestRest/2)))
		require.GreaterOrEqual(t, rounds, int64(3*time.Hour/(longestRest+2*time.Second)))
		s.answer = nil
		require.NoError(t, b.Flush(t.Context()))
		require.Len(t, s.ended(), 10)
		shutdown(t, b)
	})
}

func TestFlushDuringAFailingRoundGetsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var well atomic.Bool
		s := &server{answer: func(*http.Request, post) verdict {
			v := broken
			if well.Load() {
				v = accepted
			}
			time.Sleep(time.Second)
			return v
		}}
		b := s.batcher(t, Options{Size: 1})
		record(b, "a")
		time.Sleep(100 * time.Millisecond)
		require.Equal(t, 1, s.count(), "attempts under way")
		time.AfterFunc(10*time.Second, func() { well.Store(true) })
		var failure *FlushError
		require.ErrorAs(t, b.Flush(t.Context()), &failure)
		require.EqualValues(t, 2, b.Stats().Requests, "the round that was under way, and the flush's own")
		require.EqualValues(t, 1, failure.Pending)
		time.Sleep(time.Minute)
		require.Len(t, s.ended(), 1)
		shutdown(t, b)
	})
}

// TestFlushesThatOverlapShareTheOutcome, also when it is bad.
func TestFlushesThatOverlapShareTheOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(*http.Request, post) verdict { time.Sleep(time.Second); return rejected }}
		b := s.batcher(t, Options{Size: 10})
		record(b, "a")
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				var failure *FlushError
				require.ErrorAs(t, b.Flush(t.Context()), &failure)
				require.EqualValues(t, 1, failure.Dropped)
			})
		}
		wg.Wait()
		require.Equal(t, 1, s.count())
		require.NoError(t, b.Flush(t.Context()), "a loss is told of once")
		shutdown(t, b)
	})
}

// TestFlushTellsOfRejectedEvents: what is no ended span can be refused as well.
func TestFlushTellsOfRejectedEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bad atomic.Bool
		s := &server{answer: func(*http.Request, post) verdict {
			if bad.Load() {
				return rejected
			}
			return accepted
		}}
		b := s.batcher(t, Options{Size: 10})
		it := begin(b, "a", nil)
		end(b, it, "")
		require.NoError(t, b.Flush(t.Context()))
		bad.Store(true)
		addendum(b, it)
		require.ErrorContains(t, b.Flush(t.Context()), "400")
		require.NoError(t, b.Flush(t.Context()))
		require.EqualValues(t, 1, b.Stats().DroppedEvents)

		open := begin(b, "unfinished", nil)
		require.ErrorContains(t, b.Shutdown(t.Context()), "400")
		runtime.KeepAlive(open)
	})
}

// TestErrorSaysACauseOnce although it is both why spans were lost and why others
// are pending.
func TestErrorSaysACauseOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lost atomic.Bool
		s := &server{answer: func(*http.Request, post) verdict {
			if !lost.Swap(true) {
				return rejected
			}
			return verdict{status: 503}
		}}
		b := s.batcher(t, Options{Size: 1})
		record(b, "a")
		synctest.Wait()
		record(b, "b")
		require.EqualError(t, b.Flush(t.Context()), "0 spans sent, 1 pending, 1 dropped: the server answered 503 Service Unavailable")
		_ = b.Shutdown(t.Context())
	})
}

// TestLossIsToldToTheServerOnce although the requests that tell of it fail.
func TestLossIsToldToTheServerOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := []verdict{rejected, rejected, broken, broken, broken, {status: 500}, {status: 500}, {status: 500}}
		s := &server{}
		s.answer = func(*http.Request, post) verdict {
			if n := s.count(); n <= len(answers) {
				return answers[n-1]
			}
			return accepted
		}
		b := s.batcher(t, Options{Size: 10})
		for i := range 4 {
			record(b, fmt.Sprint(i))
			_ = b.Flush(t.Context())
		}
		b.DropEvent()
		require.NoError(t, b.Flush(t.Context()))
		record(b, "last")
		require.NoError(t, b.Flush(t.Context()))
		spans, events, truncated := s.told()
		require.EqualValues(t, []int64{2, 1, 0}, []int64{spans, events, truncated})
		shutdown(t, b)
	})
}

// TestAbandonedSpansMakeRoom although nothing else happens any more.
func TestAbandonedSpansMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		b := s.batcher(t, Options{Size: 10, MaxQueue: 100 * itemBytes})
		for range 100 {
			begin(b, "abandoned", nil)
			synctest.Wait() // the loop knows of it
		}
		require.True(t, begin(b, "a", nil).Refused())
		runtime.GC()
		time.Sleep(b.opts.Interval)
		require.True(t, begin(b, "b", nil).Refused(), "nobody has looked yet")
		synctest.Wait()
		require.False(t, begin(b, "c", nil).Refused())
		shutdown(t, b)
	})
}

// TestStatsWhileSpansAreDropped: what Stats returns is the caller's.
func TestStatsWhileSpansAreDropped(t *testing.T) {
	s := &server{answer: always(rejected)}
	b := s.batcher(t, Options{})
	var wg sync.WaitGroup
	var stop atomic.Bool
	for range 4 {
		wg.Go(func() {
			for !stop.Load() {
				balanced(t, b.Stats())
			}
		})
	}
	for i := range 500 {
		record(b, fmt.Sprint(i))
		_ = b.Flush(t.Context())
	}
	stop.Store(true)
	wg.Wait()
	require.EqualValues(t, 500, b.Stats().Dropped[reasonRejected])
	shutdown(t, b)
}

// TestShutdownBesideEverything: it returns, everybody gets a reply, and the
// counts add up.
func TestShutdownBesideEverything(t *testing.T) {
	for seed := range 50 {
		synctest.Test(t, func(t *testing.T) {
			s := &server{answer: func(r *http.Request, _ post) verdict {
				switch seed % 4 {
				case 0:
					return accepted
				case 1:
					return broken
				case 2:
					return rejected
				}
				return hang(r)
			}}
			b := s.batcher(t, Options{Size: 1 + seed%3})
			var recorded atomic.Int64
			var wg sync.WaitGroup
			for p := range 3 {
				wg.Go(func() {
					for i := range 50 {
						record(b, fmt.Sprint(p, " ", i))
						recorded.Add(1)
					}
				})
				wg.Go(func() { _ = b.Flush(t.Context()) })
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					_ = b.Shutdown(ctx)
				})
				wg.Go(func() { balanced(t, b.Stats()) })
			}
			wg.Wait()
			c := b.Stats()
			balanced(t, c)
			require.Zero(t, c.Pending)
			require.Equal(t, recorded.Load(), c.Ended)
			require.NoError(t, b.Shutdown(t.Context()))
		})
	}
}

// TestShutdownTellsOfAllItDropped, also of what a flush beside it was told.
func TestShutdownTellsOfAllItDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(r *http.Request, _ post) verdict { return hang(r) }}
		b := s.batcher(t, Options{Size: 10})
		record(b, "a")
		var wg sync.WaitGroup
		wg.Go(func() {
			var failure *FlushError
			require.ErrorAs(t, b.Flush(t.Context()), &failure)
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var failure *FlushError
		err := b.Shutdown(ctx)
		require.ErrorAs(t, err, &failure)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, FlushError{Dropped: 1, Cause: failure.Cause}, *failure)
		wg.Wait()
	})
}

// TestShutdownDoesNotWaitForADeafClient, which never minds its context.
func TestShutdownDoesNotWaitForADeafClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &server{answer: func(*http.Request, post) verdict { <-release; return accepted }}
		b := s.batcher(t, Options{Size: 1})
		record(b, "a")
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		require.Error(t, b.Shutdown(ctx))
		require.Equal(t, lastTry+graceful, time.Since(began))
		require.Equal(t, map[string]int64{reasonShutdown: 1}, b.Stats().Dropped)
		close(release)
	})
}

// TestFlushAfterShutdown tells once of what ended too late.
func TestFlushAfterShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		b := s.batcher(t, Options{})
		it := begin(b, "a", nil)
		shutdown(t, b)
		require.True(t, b.Closed())
		require.NoError(t, b.Flush(t.Context()))
		end(b, it, "payload")
		require.True(t, begin(b, "b", nil).Refused())
		err := b.Flush(t.Context())
		require.EqualError(t, err, "0 spans sent, 0 pending, 1 dropped: spans ended after the shutdown")
		require.True(t, errors.Is(err, errShutdown))
		require.NoError(t, b.Flush(t.Context()))
	})
}
