package mutagent_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

var modes = map[string]bool{"hand over": false, "at end": true} // Spool.AtEnd

func init() { programs["spool"] = endSpans }

// endSpans is a program that ends spans until it is killed, and says of each that
// its end has returned.
func endSpans() {
	err := mutagent.Init(&mutagent.Options{Spool: &mutagent.Spool{AtEnd: modes[os.Getenv("MODE")]}, ServiceName: "endSpans"})
	if err != nil {
		panic(err)
	}
	ctx := mutagent.WithSession(context.Background(), "session")
	for i := 0; ; i++ {
		name := fmt.Sprint(os.Getenv("LIFE"), "-", i)
		_, end := mutagent.Start(ctx, mutagent.KindTool, name)
		end()
		if _, err := os.Stdout.WriteString(name + "\n"); err != nil {
			panic(err)
		}
		if i%100 == 99 {
			time.Sleep(time.Millisecond) // as a program would that does something else too
		}
	}
}

// killed runs endSpans, kills it after about n spans, and returns those whose end
// had returned.
func killed(t *testing.T, r *receiver, n int, env ...string) (ended []string) {
	t.Helper()
	cmd := program(t, r, "spool")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		ended = append(ended, lines.Text())
		if len(ended) == n {
			require.NoError(t, cmd.Process.Kill()) // what it has written until then is still in the pipe
		}
	}
	require.Error(t, cmd.Wait())
	require.GreaterOrEqual(t, len(ended), n)
	return ended[:max(n, len(ended)-1)] // the last line may be half a one
}

// heir returns a client that takes over what the programs left, and waits until it
// has: until the directory has nothing but its own lock.
func heir(t *testing.T, r *receiver, dir string) *mutagent.Client {
	t.Helper()
	c, err := mutagent.New(&mutagent.Options{APIKey: "mt_child", Endpoint: r.URL, Spool: &mutagent.Spool{Dir: dir}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Shutdown(context.Background()) })
	require.Eventually(t, func() bool {
		segments, err := filepath.Glob(filepath.Join(dir, "mutagent", "*.seg"))
		return err == nil && len(segments) == 0
	}, time.Minute, 10*time.Millisecond)
	return c
}

// TestKilled kills a program again and again. Written at its end, no span is lost;
// handed over, only the last ones are.
func TestKilled(t *testing.T) {
	for name := range modes {
		t.Run(name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			rng := rand.New(rand.NewPCG(seed, 0))
			r := newReceiver(t)
			var mu sync.Mutex
			moods := rand.New(rand.NewPCG(seed, 1))
			r.onRequest(func(w http.ResponseWriter, _ *http.Request) bool {
				mu.Lock()
				defer mu.Unlock()
				if moods.IntN(3) == 0 {
					w.WriteHeader(http.StatusServiceUnavailable)
					return false
				}
				return true
			})
			dir := t.TempDir()
			lives := make([][]string, 20)
			for i := range lives {
				lives[i] = killed(t, r, 1+rng.IntN(3000), "MUTAGENT_SPOOL_DIR="+dir, "MODE="+name, fmt.Sprint("LIFE=", i))
			}
			c := heir(t, r, dir)
			assert.Zero(t, c.Stats().ReplayLost)
			assert.Zero(t, c.Stats().SpoolErrors)
			got := r.named()
			for _, ended := range lives {
				lost := len(ended)
				for lost > 0 && got[ended[lost-1]].SpanID == "" {
					lost--
				}
				for _, name := range ended[:lost] {
					require.Equal(t, "ok", got[name].Status, "%s is lost, although a later one is not", name)
				}
				if name == "at end" {
					require.Equal(t, len(ended), lost, "the last %d are lost", len(ended)-lost)
				}
				t.Logf("%d ended, the last %d lost", len(ended), len(ended)-lost)
			}
		})
	}
}

// TestSiblingTakesOver: a process that lives sends what one left that was killed,
// as that one would have.
func TestSiblingTakesOver(t *testing.T) {
	r := newReceiver(t)
	r.onRequest(func(w http.ResponseWriter, req *http.Request) bool {
		body, err := io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
		if err != nil || req.Header.Get("X-Sibling") == "" {
			w.WriteHeader(http.StatusServiceUnavailable) // the program gets nothing through
			return false
		}
		return true
	})
	dir := t.TempDir()
	c, err := mutagent.New(&mutagent.Options{APIKey: "mt_child", Endpoint: r.URL, Spool: &mutagent.Spool{Dir: dir}, ServiceName: "sibling", HTTPClient: &http.Client{Transport: sibling{}}})
	require.NoError(t, err)
	_, end := c.Start(context.Background(), mutagent.KindTool, "mine")
	end()
	require.NoError(t, c.Flush(context.Background()))
	ended := killed(t, r, 2000, "MUTAGENT_SPOOL_DIR="+dir, "MODE=at end", "LIFE=0")
	require.Eventually(t, func() bool { return c.Stats().Replayed >= int64(len(ended)) }, time.Minute, 10*time.Millisecond)
	stats := c.Stats()
	balanced(t, stats)
	assert.EqualValues(t, 1, stats.Delivered, "others' spans count by themselves")
	require.NoError(t, c.Shutdown(context.Background()))
	got := r.named()
	for _, name := range ended {
		require.Contains(t, got, name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range r.bodies {
		for _, tr := range b.Traces {
			if tr.Spans[0].Name == "mine" {
				assert.Equal(t, "sibling", b.resource()["service.name"])
				continue
			}
			assert.Equal(t, "endSpans", b.resource()["service.name"])
			assert.Equal(t, "session", tr.SessionID)
		}
	}
}

type sibling struct{}

func (sibling) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("X-Sibling", "1")
	return http.DefaultTransport.RoundTrip(req)
}

// A counter is a server that may be down, and keeps nothing of what it accepts but
// how often each span came.
type counter struct {
	mu   sync.Mutex
	down bool
	// most is the largest number of requests at a time since it was up again.
	busy, most int
	times      map[string]int
}

func (s *counter) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, errors.New("no route to host")
	}
	s.busy++
	s.most = max(s.most, s.busy)
	s.mu.Unlock()
	time.Sleep(20 * time.Millisecond) // on synctest's clock
	s.mu.Lock()
	s.busy--
	for _, part := range bytes.Split(body, []byte(`"spanId":"`))[1:] {
		s.times[string(part[:16])]++
	}
	return &http.Response{StatusCode: http.StatusOK, Body: taken(), Header: http.Header{}}, nil
}

// TestTenMinutesDown: the server is gone for ten minutes, at 1,000 spans a second.
// Memory stays flat, and then everything arrives, each span once.
func TestTenMinutesDown(t *testing.T) {
	const minutes = 10
	for name, mode := range modes {
		rate := 1000
		if mode {
			rate = 200 // it takes long, and differs little
		}
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				s := &counter{down: true, times: map[string]int{}}
				c, err := mutagent.New(&mutagent.Options{
					APIKey:        "mt_test",
					HTTPClient:    &http.Client{Transport: s},
					Spool:         &mutagent.Spool{Dir: dir, AtEnd: mode},
					MaxQueueBytes: rate * 8 << 10,
				})
				require.NoError(t, err)
				text := strings.Repeat("x", 200)
				var ended int64
				work := func(d time.Duration) {
					for range d / (100 * time.Millisecond) {
						for range rate / 10 {
							_, span := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: "span", Input: mutagent.IO{Text: text}})
							span.End(mutagent.EndOptions{})
							ended++
						}
						pass(100 * time.Millisecond)
					}
				}
				work(2 * time.Minute)
				before := heap()
				for range minutes - 2 {
					work(time.Minute)
					stats := c.Stats()
					balanced(t, stats)
					require.EqualValues(t, ended, stats.Ended)
					require.Empty(t, stats.Dropped)
					require.Less(t, heap()-before, int64(2<<20), "memory grows")
				}
				require.Greater(t, c.Stats().Spooled, int64(rate*60*(minutes-2)))

				s.mu.Lock()
				s.down = false
				s.mu.Unlock()
				for c.Stats().Spooled+c.Stats().Pending > int64(rate) {
					work(10 * time.Second)
					balanced(t, c.Stats())
				}
				require.NoError(t, c.Flush(context.Background()))
				stats := c.Stats()
				balanced(t, stats)
				require.Equal(t, ended, stats.Delivered)
				require.Zero(t, stats.Truncated)
				require.Zero(t, stats.SpoolErrors)
				require.Len(t, s.times, int(ended))
				for _, n := range s.times {
					require.Equal(t, 1, n)
				}
				require.NoError(t, c.Shutdown(context.Background()))
			})
			left, err := filepath.Glob(filepath.Join(dir, "mutagent", "[^.]*")) // all but the marker
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// TestShutdownKeeps what it could not send, for the next process.
func TestShutdownKeeps(t *testing.T) {
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "spool")
			r := newReceiver(t)
			c := r.client(t, &mutagent.Options{
				Spool: &mutagent.Spool{Dir: dir, AtEnd: mode, Sync: true}, HTTPClient: &http.Client{Transport: unreachable{}},
			})
			ctx := mutagent.WithTags(context.Background(), "tag")
			_, open := c.StartSpan(ctx, mutagent.SpanOptions{Name: "open"})
			for i := range 5 {
				_, s := c.StartSpan(ctx, mutagent.SpanOptions{Name: strconv.Itoa(i), Attributes: []slog.Attr{slog.Int("i", i)}})
				s.End(mutagent.EndOptions{})
				s.AddEvent("late")
			}
			cancelled, cancel := context.WithCancel(context.Background())
			cancel()
			err := c.Shutdown(cancelled)
			var failure *mutagent.DeliveryError
			require.ErrorAs(t, err, &failure)
			assert.EqualValues(t, 5, failure.Spooled)
			assert.Zero(t, failure.Dropped)
			assert.ErrorContains(t, err, "0 spans sent, 0 pending, 5 spooled, 0 dropped: ")
			balanced(t, c.Stats())
			assert.EqualValues(t, 5, c.Stats().Spooled)
			open.End(mutagent.EndOptions{})
			assert.EqualValues(t, 1, c.Stats().Dropped["shutdown"])
			balanced(t, c.Stats())

			next := r.client(t, &mutagent.Options{Spool: &mutagent.Spool{Dir: dir}})
			require.Eventually(t, func() bool { return next.Stats().Replayed == 5 }, time.Minute, time.Millisecond)
			require.NoError(t, next.Shutdown(context.Background()))
			late := 0
			for _, s := range r.spans() {
				late += len(s.Events)
			}
			assert.Equal(t, 5, late)
			assert.Equal(t, "unset", r.named()["open"].Status)
			assert.Equal(t, []string{"tag"}, r.bodies[0].Traces[0].Tags)
			left, err := filepath.Glob(filepath.Join(dir, "mutagent", "[^.]*")) // all but the marker
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
}

// TestRejectedIsNotKept, or it would block the spool for ever.
func TestRejectedIsNotKept(t *testing.T) {
	dir := t.TempDir()
	r := newReceiver(t)
	r.answer = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadRequest)
		return false
	}
	c := r.client(t, &mutagent.Options{Spool: &mutagent.Spool{Dir: dir, AtEnd: true}})
	_, end := c.Start(context.Background(), mutagent.KindTool, "bad")
	end()
	require.Error(t, c.Flush(context.Background()))
	require.NoError(t, c.Shutdown(context.Background()))
	assert.Equal(t, map[string]int64{"rejected": 1}, c.Stats().Dropped)
	left, err := filepath.Glob(filepath.Join(dir, "mutagent", "[^.]*")) // all but the marker
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestKeysDoNotMix: what waits for one account is not sent to another.
func TestKeysDoNotMix(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		client := func(f *fakeServer, key string) *mutagent.Client {
			c, err := mutagent.New(&mutagent.Options{APIKey: key, HTTPClient: &http.Client{Transport: f}, Spool: &mutagent.Spool{Dir: dir}})
			require.NoError(t, err)
			return c
		}
		c := client(&fakeServer{down: func() error { return errors.New("no route to host") }}, "mt_one")
		one(c, "secret")
		require.Error(t, c.Shutdown(context.Background()))

		for key, want := range map[string]int{"mt_two": 0, "mt_one": 1} {
			f := new(fakeServer)
			c = client(f, key)
			pass(time.Minute)
			require.NoError(t, c.Shutdown(context.Background()))
			assert.Len(t, f.spans(), want, key)
		}
	})
}

// TestUnusableSpool: spans go the way they would without, and Stats tells.
func TestUnusableSpool(t *testing.T) {
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "spool")
			r := newReceiver(t)
			c := r.client(t, &mutagent.Options{Spool: &mutagent.Spool{Dir: dir, AtEnd: mode}})
			require.NoError(t, os.Remove(dir))
			require.NoError(t, os.WriteFile(dir, nil, 0o600))
			for range 100 {
				_, end := c.Start(context.Background(), mutagent.KindTool, "span")
				end()
			}
			require.NoError(t, c.Flush(context.Background()))
			stats := c.Stats()
			balanced(t, stats)
			assert.EqualValues(t, 100, stats.Delivered)
			assert.Positive(t, stats.SpoolErrors)
			require.NoError(t, c.Shutdown(context.Background()))
		})
	}
}

func TestSpoolOptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for want, o := range map[string]mutagent.Options{
		"Spool.Dir is \"" + file + "\", which is not a directory; set it to": {Spool: &mutagent.Spool{Dir: file}},
		"option Spool has no Dir; set it, or MUTAGENT_SPOOL_DIR":             {Spool: &mutagent.Spool{AtEnd: true}},
		"Spool.MaxBytes is 1000; it must be at least 1048576":                {Spool: &mutagent.Spool{Dir: t.TempDir(), MaxBytes: 1000}},
		"Spool.MaxAge is -1s; it must be positive":                           {Spool: &mutagent.Spool{Dir: t.TempDir(), MaxAge: -time.Second}},
	} {
		o.APIKey = "mt_test"
		_, err := mutagent.New(&o)
		assert.ErrorContains(t, err, want)
	}
}

// TestFormerSpool: what a version before this one has left is counted, told once, and
// stays.
func TestFormerSpool(t *testing.T) {
	dir := t.TempDir()
	var segment []byte
	for _, frame := range []string{"preamble", "record"} {
		from := len(segment)
		segment = append(spool.BeginFrame(segment), frame...)
		spool.EndFrame(segment[from:])
	}
	path := filepath.Join(dir, "g-1-00000001-0000000000000001-000001.seg")
	require.NoError(t, os.WriteFile(path, segment, 0o600))

	told := make(lines, 10)
	c, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_test", Endpoint: newReceiver(t).URL, Spool: &mutagent.Spool{Dir: dir},
		Logger: slog.New(slog.NewTextHandler(told, nil)),
	})
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, c.Flush(t.Context()))
	}
	assert.EqualValues(t, 1, c.Stats().SpoolKept)
	require.NoError(t, c.Shutdown(t.Context()))
	assert.Contains(t, <-told, "1 files of the spool")
	assert.Empty(t, told)
	left, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, segment, left)
}

// lines gets what a logger writes.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}
