package mutagent_test

import (
	"context"
	"fmt"
	"path/filepath"
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
	list  []mutagent.Leak
	found chan struct{} // has room for one
}

func newLeaks() *leaks { return &leaks{found: make(chan struct{}, 1)} }

func (l *leaks) add(found mutagent.Leak) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, found)
	select {
	case l.found <- struct{}{}:
	default:
	}
}

func (l *leaks) texts() (texts []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, leak := range l.list {
		texts = append(texts, fmt.Sprintf("%s %s", leak.Name, leak.Problem))
	}
	return texts
}

func TestLeaks(t *testing.T) {
	r := newReceiver(t)
	l := newLeaks()
	client := r.client(t, &mutagent.Options{OnLeak: l.add})
	ctx := context.Background()

	_, end := client.Start(ctx, mutagent.KindTool, "twice")
	_, _, line, _ := runtime.Caller(0)
	end()
	end()
	require.Len(t, l.list, 1)
	found := l.list[0]
	assert.Equal(t, "leak_test.go", filepath.Base(found.File))
	assert.Equal(t, line-1, found.Line)
	assert.True(t, strings.HasSuffix(found.String(), fmt.Sprintf(`leak_test.go:%d: span "twice" (tool) was ended twice`, line-1)), found)

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
	client := r.client(t, &mutagent.Options{OnLeak: l.add})
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
		client := s.client(t, mutagent.Options{OnLeak: l.add})
		_, span := client.StartSpan(context.Background(), mutagent.SpanOptions{Name: "slow"})
		pass(11 * time.Minute)
		_, other := client.StartSpan(context.Background(), mutagent.SpanOptions{Name: "fine"})
		other.End(mutagent.EndOptions{})
		assert.Equal(t, []string{"slow has been open for more than 10 minutes"}, l.texts())
		span.End(mutagent.EndOptions{})
		require.NoError(t, client.Shutdown(context.Background()))
	})
}

// TestLeaksOfWrapped names the program's line, not one of this module.
func TestLeaksOfWrapped(t *testing.T) {
	r := newReceiver(t)
	l := newLeaks()
	client := r.client(t, &mutagent.Options{OnLeak: l.add})
	ctx := client.Context(context.Background())
	_, _ = mutagent.Do(ctx, mutagent.KindTool, "wrapped", func(ctx context.Context) (int, error) {
		mutagent.FromContext(ctx).End(mutagent.EndOptions{})
		return 7, nil
	})
	require.Len(t, l.list, 1)
	assert.Equal(t, "leak_test.go", filepath.Base(l.list[0].File))
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
