package mutagent_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// holdUp makes whoever opens a file of the spool in dir wait, as for a disk that does not
// answer, until the function that it returns is called, or the test ends: it takes a
// lease on each. A file that is open already stays as it is.
func holdUp(t *testing.T, dir string) (letGo func()) {
	t.Helper()
	const setLease, writeLease = 1024, 1 // F_SETLEASE, F_WRLCK
	paths, err := filepath.Glob(filepath.Join(dir, "mutagent", "*.seg"))
	require.NoError(t, err)
	var held []*os.File
	for _, path := range paths {
		f, err := os.Open(path)
		require.NoError(t, err)
		_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), setLease, writeLease)
		switch errno {
		case 0:
			held = append(held, f)
		case syscall.EAGAIN:
			f.Close()
		default:
			f.Close()
			// Nothing else that needs no root makes a file wait: without leases there is no such disk.
			t.Skipf("NOT TESTED: the file system of %s has no leases: %v", dir, errno)
		}
	}
	require.NotEmpty(t, held)
	var once atomic.Bool
	letGo = func() {
		if once.CompareAndSwap(false, true) {
			for _, f := range held {
				f.Close()
			}
		}
	}
	t.Cleanup(letGo)
	return letGo
}

// isWaitedFor reports whether somebody waits for a file that is held up.
func isWaitedFor() bool {
	locks, err := os.ReadFile("/proc/locks")
	return err == nil && strings.Contains(string(locks), "BREAKING")
}

// TestDeadlinesOfDisk: a disk that does not answer holds up no call beyond its context.
func TestDeadlinesOfDisk(t *testing.T) {
	disks := map[string]func(t *testing.T) (c *mutagent.Client, letGo func()){
		"what a dead process left": stuckInLeftovers,
		"a segment half settled":   stuckInMark,
	}
	calls := map[string]func(t *testing.T, c *mutagent.Client, ctx context.Context){
		"Flush":    func(t *testing.T, c *mutagent.Client, ctx context.Context) { assert.Error(t, c.Flush(ctx)) },
		"Snapshot": func(t *testing.T, c *mutagent.Client, ctx context.Context) { assert.Error(t, c.Snapshot(ctx)) },
		"Shutdown": func(_ *testing.T, c *mutagent.Client, ctx context.Context) { _ = c.Shutdown(ctx) },
		"Stats":    func(_ *testing.T, c *mutagent.Client, _ context.Context) { c.Stats() },
	}
	for disk, stick := range disks {
		for name, call := range calls {
			t.Run(disk+"/"+name, func(t *testing.T) {
				c, letGo := stick(t)
				returned := make(chan struct{})
				go func() {
					defer close(returned)
					ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
					defer cancel()
					call(t, c, ctx)
				}()
				select {
				case <-returned:
				case <-time.After(20 * time.Second): // the system lets go after 45 of its own accord
					assert.Fail(t, name+" waits for the disk")
				}
				letGo()
				<-returned
				if name != "Shutdown" {
					assert.NoError(t, c.Flush(context.Background()), "once the disk answers")
				}
			})
		}
	}
}

// stuckInLeftovers returns a client that takes over a spool which does not answer.
func stuckInLeftovers(t *testing.T) (*mutagent.Client, func()) {
	dir := t.TempDir()
	opts := mutagent.Options{
		APIKey: "mt_test", Endpoint: "https://service.example", Spool: &mutagent.Spool{Dir: dir},
		HTTPClient: &http.Client{Transport: unreachable{}}, Logger: slog.New(slog.DiscardHandler),
	}
	dead, err := mutagent.New(&opts)
	require.NoError(t, err)
	endOne(dead, mutagent.SpanOptions{Name: "s"})
	soon, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	require.Error(t, dead.Shutdown(soon))

	letGo := holdUp(t, dir)
	opts.HTTPClient = &http.Client{Transport: new(willing)}
	c, err := mutagent.New(&opts)
	require.NoError(t, err)
	t.Cleanup(func() { letGo(); _ = c.Shutdown(context.Background()) })
	return c, letGo
}

// stuckInMark returns a client that cannot write which spans of a segment have been
// accepted: the service takes one at a time.
func stuckInMark(t *testing.T) (*mutagent.Client, func()) {
	dir := t.TempDir()
	begin := make(chan struct{})
	c, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_test", Endpoint: "https://service.example", Logger: slog.New(slog.DiscardHandler),
		Spool: &mutagent.Spool{Dir: dir, AtEnd: true, MaxBytes: 1 << 20}, // a segment is a 16th of that
		HTTPClient: &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			<-begin
			service := new(willing) // counts the spans of this request
			resp, err := service.RoundTrip(req)
			if err == nil && service.spans.Load() > 1 {
				resp.StatusCode = http.StatusRequestEntityTooLarge
			}
			return resp, err
		})},
	})
	require.NoError(t, err)
	for range 50 { // a segment has room for about 30
		endOne(c, mutagent.SpanOptions{Name: "s", Input: strings.Repeat("content ", 256)})
	}
	letGo := holdUp(t, dir)
	close(begin)
	require.Eventually(t, isWaitedFor, 20*time.Second, time.Millisecond)
	t.Cleanup(func() { letGo(); _ = c.Shutdown(context.Background()) })
	return c, letGo
}
