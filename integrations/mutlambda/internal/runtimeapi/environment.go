//go:build linux

// Package runtimeapi simulates AWS Lambda: the Runtime API and the Extensions API on
// loopback, and the freeze. It runs the program of a function. It stops its process
// with SIGSTOP when each loop and each extension of the function has requested the next
// event, and resumes it with SIGCONT for the next event.
package runtimeapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Function describes the program to run.
type Function struct {
	Program string
	Env     []string // in addition to the environment of the test
	Loops   int      // invocations at a time; 0 means 1
}

// An Environment is one process of a function.
type Environment struct {
	tb      testing.TB
	loops   int
	cmd     *exec.Cmd
	events  chan *invocation // received by a loop that requests the next event
	stopped chan struct{}    // gets a value when the process has been frozen
	exited  chan struct{}    // closed when it has exited

	mu         sync.Mutex
	waiting    int // loops that have requested the next event
	extensions int // registered extensions
	parked     int // extensions that have requested the next event
	last       int // id of an invocation
	running    map[string]*invocation
}

// patience is how long a test waits for an event that must happen.
const patience = 30 * time.Second

// Start starts a process and returns when it has been frozen for the first time. It
// is killed at the end of the test.
func (f Function) Start(tb testing.TB) *Environment {
	tb.Helper()
	e := &Environment{
		tb:      tb,
		loops:   max(f.Loops, 1),
		cmd:     exec.Command(f.Program),
		events:  make(chan *invocation),
		stopped: make(chan struct{}, 1),
		exited:  make(chan struct{}),
		running: map[string]*invocation{},
	}
	server := httptest.NewServer(e.routes())
	e.cmd.Env = append(os.Environ(),
		"AWS_LAMBDA_RUNTIME_API="+server.Listener.Addr().String(),
		fmt.Sprint("AWS_LAMBDA_MAX_CONCURRENCY=", e.loops))
	e.cmd.Env = append(e.cmd.Env, f.Env...)
	e.cmd.Stdout, e.cmd.Stderr = tb.Output(), tb.Output()
	if err := e.start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		_ = e.cmd.Wait() // the result is in ProcessState
		close(e.exited)
	}()
	tb.Cleanup(func() {
		e.Kill()
		server.Close()
	})
	e.settle()
	return e
}

// start holds the lock, as the process may ask for an event before it returns.
func (e *Environment) start() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.cmd.Start()
}

// settle waits until the process has been frozen, or has exited.
func (e *Environment) settle() {
	e.tb.Helper()
	select {
	case <-e.stopped:
	case <-e.exited:
	case <-time.After(patience):
		e.tb.Fatal("the function is neither frozen nor gone")
	}
}

// Terminate resumes the process and announces its end with SIGTERM, as Lambda does if
// there is an extension. Without one it does nothing and returns false.
func (e *Environment) Terminate() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.extensions == 0 {
		return false
	}
	e.signal(syscall.SIGCONT)
	e.signal(syscall.SIGTERM)
	return true
}

// Kill ends the process, as Lambda does after a timeout or when it needs the resources.
func (e *Environment) Kill() {
	e.signal(syscall.SIGKILL)
	<-e.exited
}

// ExitCode returns -1 if the process is still running, or was killed.
func (e *Environment) ExitCode() int {
	select {
	case <-e.exited:
		return e.cmd.ProcessState.ExitCode()
	default:
		return -1
	}
}

func (e *Environment) signal(sig os.Signal) {
	_ = e.cmd.Process.Signal(sig) // it may have exited
}

func (e *Environment) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", e.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{outcome}", e.finish)
	mux.HandleFunc("POST /2020-01-01/extension/register", e.register)
	mux.HandleFunc("GET /2020-01-01/extension/event/next", e.park)
	return mux
}
