package mutagent_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// A wayOut is how a process ends. Each is gone by a program that is not traced,
// by one that is, and by one that is traced inside of Run.
type wayOut struct {
	name   string
	leave  func(context.Context)
	signal os.Signal // sent when the program is up
	// delivers: Run gets through what had not been sent yet.
	delivers bool
	// ends: Run has the signal end the function, and the program with success.
	ends bool
}

var waysOut = []wayOut{
	{name: "return", leave: func(context.Context) {}, delivers: true},
	{name: "panic", leave: func(context.Context) { panic("boom") }, delivers: true},
	{name: "panic with an error", leave: func(context.Context) { panic(io.ErrUnexpectedEOF) }, delivers: true},
	{name: "panic of the runtime", leave: func(context.Context) { fmt.Println(os.Args[len(os.Args)]) }, delivers: true},
	{name: "panic in another goroutine", leave: func(context.Context) { go panic("boom"); select {} }},
	{name: "os.Exit", leave: func(context.Context) { os.Exit(3) }},
	{name: "log.Fatal", leave: func(context.Context) { log.SetFlags(0); log.Fatal("that is that") }},
	{name: "stack overflow", leave: func(context.Context) { debug.SetMaxStack(1 << 20); fmt.Println(overflow(0)) }},
	{name: "fatal error", leave: func(context.Context) { new(sync.Mutex).Unlock() }},
	{name: "SIGINT", leave: untilDone, signal: os.Interrupt, delivers: true, ends: true},
	{name: "SIGTERM", leave: untilDone, signal: syscall.SIGTERM, delivers: true, ends: true},
	{name: "SIGHUP", leave: untilDone, signal: syscall.SIGHUP},
	{name: "SIGQUIT", leave: untilDone, signal: syscall.SIGQUIT},
	{name: "SIGABRT", leave: untilDone, signal: syscall.SIGABRT},
	{name: "SIGKILL", leave: untilDone, signal: os.Kill},
}

func overflow(n int) int {
	if n < 0 {
		return 0
	}
	return overflow(n+1) + 1
}

// untilDone waits for the signal that ends the process, or the context.
func untilDone(ctx context.Context) {
	fmt.Println("up")
	<-ctx.Done()
}

func init() {
	for _, way := range waysOut {
		programs["untraced, "+way.name] = func() { way.leave(never) }
		programs["traced, "+way.name] = func() {
			defer twoSpans()()
			way.leave(never)
		}
		programs["in Run, "+way.name] = func() {
			_ = mutagent.Run(func(ctx context.Context) error {
				defer twoSpans()()
				way.leave(ctx)
				return nil
			})
		}
	}
}

// never is a context that does not end. Its channel is not nil, for the runtime
// calls it a deadlock when a program without anything else waits for that.
var never, _ = context.WithCancel(context.Background())

// twoSpans flushes one span, and ends another that nothing makes leave by itself:
// the root is open, and the interval is long. It returns what keeps the root.
func twoSpans() func() {
	check(mutagent.Init(&mutagent.Options{BatchInterval: time.Hour}))
	ctx, root := mutagent.StartSpan(context.Background(), mutagent.SpanOptions{Name: "root"})
	span := func(name string) {
		_, end := mutagent.Start(ctx, mutagent.KindTool, name)
		end()
	}
	span("flushed")
	check(mutagent.Flush(ctx))
	span("last")
	return func() { runtime.KeepAlive(root) }
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// TestWaysOut: a traced program ends as the untraced one does, with the same
// status and the same words, and Run delivers wherever something can still run.
func TestWaysOut(t *testing.T) {
	for _, way := range waysOut {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			untraced := goOut(t, newReceiver(t), "untraced, "+way.name, way.signal)

			r := newReceiver(t)
			assert.Equal(t, untraced, goOut(t, r, "traced, "+way.name, way.signal))
			assert.Contains(t, r.named(), "flushed")
			assert.NotContains(t, r.named(), "last", "a program that does not flush has no right to it")

			r, want := newReceiver(t), untraced
			if way.ends {
				want.status = "exit status 0"
			}
			assert.Equal(t, want, goOut(t, r, "in Run, "+way.name, way.signal))
			assert.Contains(t, r.named(), "flushed")
			if way.delivers {
				assert.Contains(t, r.named(), "last")
			} else {
				assert.NotContains(t, r.named(), "last", "if it arrives, say so in the table")
			}
		})
	}
}

// An end is what can be seen of the end of a process.
type end struct {
	status string // such as "exit status 2" or "signal: interrupt"
	words  string // the first line of standard error that is not about tracing
}

// goOut runs a program to its end. Signals, if any, are sent when it is up.
func goOut(t *testing.T, r *receiver, name string, signals ...os.Signal) end {
	t.Helper()
	cmd := program(t, r, name)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(stdout)
	for _, s := range signals {
		if s != nil {
			_, err := lines.ReadString('\n')
			require.NoError(t, err, "%s %s", name, &stderr)
			require.NoError(t, cmd.Process.Signal(s))
		}
	}
	_, err = io.Copy(io.Discard, lines)
	require.NoError(t, err)
	_ = cmd.Wait()
	words := ""
	for line := range strings.Lines(stderr.String()) {
		if !strings.HasPrefix(line, "mutagent: ") { // what tracing itself has to tell
			words = strings.TrimSuffix(line, "\n")
			break
		}
	}
	return end{cmd.ProcessState.String(), words}
}

func init() {
	programs["stubborn"] = func() {
		_ = mutagent.Run(func(ctx context.Context) error {
			defer twoSpans()()
			untilDone(ctx)
			fmt.Println("cancelled, but busy")
			select {}
		})
	}
}

// TestSecondSignal: who knows that the first one came can send another, and it
// has its usual effect.
func TestSecondSignal(t *testing.T) {
	for _, second := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		got := goOut(t, newReceiver(t), "stubborn", os.Interrupt, second)
		assert.Equal(t, "signal: "+second.String(), got.status)
	}
}

func init() {
	programs["Run, error"] = func() {
		err := mutagent.Run(func(context.Context) error {
			defer twoSpans()()
			return io.ErrUnexpectedEOF
		})
		if err != io.ErrUnexpectedEOF {
			panic(err)
		}
		os.Exit(4)
	}
	programs["Exit"] = func() { defer twoSpans()(); mutagent.Exit(3) }
	programs["Exit, in Run"] = func() {
		_ = mutagent.Run(func(context.Context) error { defer twoSpans()(); mutagent.Exit(3); return nil })
	}
	programs["Exit, everywhere"] = func() {
		defer twoSpans()()
		for range 10 {
			go mutagent.Exit(3)
		}
		mutagent.Exit(3)
	}
	programs["Exit, while panicking"] = func() {
		defer func() { mutagent.Exit(3) }()
		defer twoSpans()()
		panic("boom")
	}
	programs["Exit, without tracing"] = func() { mutagent.Exit(3) }
}

func TestExit(t *testing.T) {
	for name, want := range map[string]string{
		"Run, error":            "exit status 4",
		"Exit":                  "exit status 3",
		"Exit, in Run":          "exit status 3",
		"Exit, everywhere":      "exit status 3",
		"Exit, while panicking": "exit status 3",
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t)
			assert.Equal(t, end{status: want}, goOut(t, r, name))
			spans := r.named()
			assert.Contains(t, spans, "last")
			assert.Equal(t, "unset", spans["root"].Status, "an open span is sent as far as it is")
		})
	}
	assert.Equal(t, end{status: "exit status 3"}, goOut(t, newReceiver(t), "Exit, without tracing"))
}

// TestExitOfAHangingServer: the end of a program does not depend on a server.
func TestExitOfAHangingServer(t *testing.T) {
	for _, name := range []string{"Exit", "Run, error"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			r := newReceiverThat(t, func(_ http.ResponseWriter, req *http.Request) bool {
				raw, _ := io.ReadAll(req.Body)
				req.Body = io.NopCloser(bytes.NewReader(raw))
				if !bytes.Contains(raw, []byte(`"flushed"`)) {
					<-release
				}
				return true
			})
			got := goOut(t, r, name)
			close(release)
			assert.Contains(t, []string{"exit status 3", "exit status 4"}, got.status)
		})
	}
}

func init() {
	programs["dispositions, untraced"] = showDispositions
	programs["dispositions, traced"] = func() { defer twoSpans()(); showDispositions() }
	programs["dispositions, in Run"] = func() {
		_ = mutagent.Run(func(context.Context) error { defer twoSpans()(); showDispositions(); return nil })
	}
}

// showDispositions prints what the process does about signals: what the kernel
// knows of it, where there is a /proc, whether package os/signal is at work, and
// whether SIGINT is ignored.
func showDispositions() {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "Sig") && !strings.HasPrefix(line, "SigQ") && !strings.HasPrefix(line, "SigPnd") { // the runtime signals itself all the time
			fmt.Print(line)
		}
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	fmt.Println("os/signal:", bytes.Contains(stacks, []byte("os/signal.")))
	fmt.Println("ignored:", signal.Ignored(os.Interrupt))
}

// TestNoSignalHandler: tracing leaves signals alone, unless Run is used.
func TestNoSignalHandler(t *testing.T) {
	r := newReceiver(t)
	untraced, _, _ := child(t, r, "dispositions, untraced")
	require.Contains(t, untraced, "os/signal: false\nignored: false\n")
	traced, _, _ := child(t, r, "dispositions, traced")
	assert.Equal(t, untraced, traced)
	inRun, _, _ := child(t, r, "dispositions, in Run")
	assert.Contains(t, inRun, "os/signal: true\n", "Run does, or this test could not tell")
}

// TestIgnoredSignalStaysIgnored: a shell starts programs in the background with
// SIGINT ignored, so that Ctrl-C is not meant for them. Run must not change that.
func TestIgnoredSignalStaysIgnored(t *testing.T) {
	for _, name := range []string{"dispositions, untraced", "dispositions, traced", "dispositions, in Run"} {
		cmd := program(t, newReceiver(t), name)
		sh := exec.CommandContext(t.Context(), "sh", "-c", `trap "" INT; exec "$0"`, cmd.Path)
		sh.Env = cmd.Env
		out, err := sh.Output()
		require.NoError(t, err)
		assert.Contains(t, string(out), "ignored: true\n", name)
	}
}
