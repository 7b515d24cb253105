package mutagent_test

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// leaks are what a client reported, without the line.
type leaks struct {
	mu    sync.Mutex
	list  []string
	found chan struct{} // has room for one
}

func newLeaks() *leaks { return &leaks{found: make(chan struct{}, 1)} }

// options returns those of a client that reports to l.
func (l *leaks) options() *mutagent.Options {
	return &mutagent.Options{FindLeaks: true, Logger: slog.New(leakHandler{l})}
}

// A leakHandler gets the lines of a client's logger.
type leakHandler struct{ leaks *leaks }

func (h leakHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level == slog.LevelError
}
func (h leakHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h leakHandler) WithGroup(string) slog.Handler      { return h }
func (h leakHandler) Handle(_ context.Context, r slog.Record) error {
	l := h.leaks
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, r.Message)
	select {
	case l.found <- struct{}{}:
	default:
	}
	return nil
}

var leakLine = regexp.MustCompile(`^(.*):(\d+): span "(.*)" \(.*?\) (.*)$`)

func (l *leaks) texts() (texts []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, leak := range l.list {
		m := leakLine.FindStringSubmatch(leak)
		texts = append(texts, m[3]+" "+m[4])
	}
	return texts
}

func TestLeaks(t *testing.T) {
	r := newReceiver(t)
	l := newLeaks()
	client := r.client(t, l.options())
	ctx := context.Background()

	_, end := client.Start(ctx, mutagent.KindTool, "twice")
	_, _, line, _ := runtime.Caller(0)
	end()
	end()
	<-l.found
	require.Len(t, l.list, 1)
	assert.True(t, strings.HasSuffix(l.list[0], fmt.Sprintf(`leak_test.go:%d: span "twice" (tool) was ended twice`, line-1)), l.list[0])

	for range 3 {
		_, span := client.StartSpan(ctx, mutagent.SpanOptions{Name: "written"})
		span.End(mutagent.EndOptions{})
		span.SetName("too late")
		span.End(mutagent.EndOptions{})
	}
	ctx, open := client.StartSpan(ctx, mutagent.SpanOptions{Name: "open"})
	_, fine := client.StartSpan(ctx, mutagent.SpanOptions{Name: "child"})
	fine.End(mutagent.EndOptions{})
	require.NoError(t, client.Shutdown(context.Background()))
	runtime.KeepAlive(open)
	open.End(mutagent.EndOptions{})

	assert.Equal(t, []string{
		"twice was ended twice",
		"written was written after its end", // once for the place, although it happened three times
		"written was ended twice",
		"open had not ended at the shutdown",
		"child is below a span that never ended",
	}, l.texts())
}

// TestLeakOfGarbage has the collector find a span that nobody can end any more.
func TestLeakOfGarbage(t *testing.T) {
	r := newReceiver(t)
	l := newLeaks()
	client := r.client(t, l.options())
	client.StartSpan(context.Background(), mutagent.SpanOptions{Name: "forgotten"})
	_, end := client.Start(context.Background(), mutagent.KindTool, "fine")
	end()
	for waiting := true; waiting; {
		runtime.GC()
		select {
		case <-l.found:
			waiting = false
		case <-t.Context().Done():
			t.Fatal("nothing found")
		default:
		}
	}
	assert.Equal(t, []string{"forgotten was garbage-collected before it had ended"}, l.texts())
}

func TestLeakOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(fakeServer)
		l := newLeaks()
		client := s.client(t, *l.options())
		_, span := client.StartSpan(context.Background(), mutagent.SpanOptions{Name: "slow"})
		pass(11 * time.Minute)
		_, other := client.StartSpan(context.Background(), mutagent.SpanOptions{Name: "fine"})
		other.End(mutagent.EndOptions{})
		synctest.Wait()
		assert.Equal(t, []string{"slow has been open for more than 10 minutes"}, l.texts())
		span.End(mutagent.EndOptions{})
		require.NoError(t, client.Shutdown(context.Background()))
	})
}

// TestLeaksOfWrapped names the program's line, not one of this module.
func TestLeaksOfWrapped(t *testing.T) {
	r := newReceiver(t)
	l := newLeaks()
	client := r.client(t, l.options())
	ctx := client.Context(context.Background())
	_, _ = mutagent.Do(ctx, mutagent.KindTool, "wrapped", func(ctx context.Context) (int, error) {
		mutagent.FromContext(ctx).End(mutagent.EndOptions{})
		return 7, nil
	})
	<-l.found
	require.Len(t, l.list, 1)
	assert.Contains(t, l.list[0], "leak_test.go:")
}

func TestLeaksInDebugOutput(t *testing.T) {
	stdout, stderr, code := child(t, newReceiver(t), "debug leak")
	require.Zero(t, code, stderr)
	assert.Regexp(t, `mutagent: leak: .*leak_test.go:\d+: span "twice" \(tool\) was ended twice\n`, stdout)
}

func init() {
	programs["debug leak"] = func() {
		client, err := mutagent.New(&mutagent.Options{Debug: true})
		if err != nil {
			panic(err)
		}
		_, end := client.Start(context.Background(), mutagent.KindTool, "twice")
		end()
		end()
		if err := client.Shutdown(context.Background()); err != nil {
			panic(err)
		}
	}
}
