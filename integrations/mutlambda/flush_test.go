package mutlambda_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlambda"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// These tests run in a synctest bubble: every Sleep simulates the duration of a handler
// or a server and takes no real time.

// A silent server accepts requests and never answers.
type silent struct{ asked chan struct{} }

func (s silent) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked <- struct{}{}
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
}

// TestBudget checks that a server that does not answer only costs an invocation its
// spare time.
func TestBudget(t *testing.T) {
	for name, c := range map[string]struct {
		timeout, took time.Duration // of the handler; 0 means no timeout
		delay         time.Duration // caused by the delivery
	}{
		"no deadline":      {0, 0, 2 * time.Second},
		"much time":        {time.Minute, time.Second, 2 * time.Second},
		"some time":        {3 * time.Second, 2 * time.Second, 900 * time.Millisecond},
		"just enough time": {3 * time.Second, 2850 * time.Millisecond, 50 * time.Millisecond},
		"too little time":  {3 * time.Second, 2851 * time.Millisecond, 0},
		"too late":         {3 * time.Second, 4 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := silent{make(chan struct{}, 100)}
				ctx := clientOf(t, server).Context(t.Context())
				if c.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.timeout)
					defer cancel()
				}
				began := time.Now()
				out := invoke(ctx, mutlambda.Wrap(func() (string, error) {
					time.Sleep(c.took) // the handler takes its time, on the bubble's clock
					return "a", nil
				}), "")
				assert.Equal(t, c.took+c.delay, time.Since(began))
				assert.Equal(t, `"\"a\"" <nil> <nil>`, out)
			})
		})
	}
}

func clientOf(t *testing.T, server http.RoundTripper) *mutagent.Client {
	c, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: "http://localhost", HTTPClient: &http.Client{Transport: server}})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = c.Shutdown(ctx)
	})
	return c
}

// TestTooLittleTimeStartsNoRequest also checks that the next invocation delivers both.
func TestTooLittleTimeStartsNoRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := new(mutest.Recorder)
		ctx := clientOf(t, inMemory{rec}).Context(t.Context())
		h := lambda.NewHandler(mutlambda.Wrap(func() {}))
		short, cancel := context.WithTimeout(ctx, 149*time.Millisecond)
		defer cancel()
		_, err := h.Invoke(short, nil)
		require.NoError(t, err)
		synctest.Wait()
		assert.Empty(t, rec.Spans())
		_, err = h.Invoke(ctx, nil)
		require.NoError(t, err)
		assert.Len(t, rec.Spans(), 2)
	})
}

// inMemory passes requests to a Recorder without a network.
type inMemory struct{ rec *mutest.Recorder }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	w := httptest.NewRecorder()
	m.rec.ServeHTTP(w, r)
	return w.Result(), nil
}

// A timed server records the times of requests.
type timed struct {
	inMemory
	began time.Time
	asked chan time.Duration
}

func (s timed) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked <- time.Since(s.began)
	return s.inMemory.RoundTrip(r)
}

// TestTimeoutIsAnnounced checks that a timeout is announced in time for a delivery, and
// only if it is going to happen.
func TestTimeoutIsAnnounced(t *testing.T) {
	for name, c := range map[string]struct{ timeout, took, asked time.Duration }{
		"long":             {3 * time.Second, 2600 * time.Millisecond, 2500 * time.Millisecond},
		"short":            {600 * time.Millisecond, 400 * time.Millisecond, 300 * time.Millisecond},
		"done before that": {3 * time.Second, 2400 * time.Millisecond, 2400 * time.Millisecond},
		"very short":       {200 * time.Millisecond, 150 * time.Millisecond, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := new(mutest.Recorder)
				server := timed{inMemory{rec}, time.Now(), make(chan time.Duration, 10)}
				ctx, cancel := context.WithTimeout(clientOf(t, server).Context(t.Context()), c.timeout)
				defer cancel()
				invoke(ctx, mutlambda.Wrap(func() {
					time.Sleep(c.took) // the handler takes its time, on the bubble's clock
				}), "")
				if c.asked == 0 {
					assert.Empty(t, server.asked)
					return
				}
				assert.Equal(t, c.asked, <-server.asked)
				span := rec.Span("lambda")
				assert.Equal(t, mutagent.StatusOK, span.Status)
				if c.asked < c.took {
					require.Len(t, span.Events, 1)
					assert.Equal(t, "the invocation is about to time out", span.Events[0].Name)
					<-server.asked // the final delivery
				} else {
					assert.Empty(t, span.Events)
				}
				time.Sleep(c.timeout) // on the bubble's clock: a timer that was left running would fire
				assert.Empty(t, server.asked, "the timeout of an invocation that is over")
			})
		})
	}
}

// TestCancelledInvocation checks that spans are delivered even if the invocation's
// context has ended.
func TestCancelledInvocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := new(mutest.Recorder)
		ctx, cancel := context.WithCancel(clientOf(t, slow{inMemory{rec}}).Context(t.Context()))
		invoke(ctx, mutlambda.Wrap(func() { cancel() }), "")
		assert.Len(t, rec.Spans(), 1)
	})
}
