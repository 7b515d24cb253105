//go:build linux

package runtimeapi

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// arrived counts a request for what is next, and freezes the process if it was the
// last one to come.
func (e *Environment) arrived(count *int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	*count++
	if e.waiting < e.loops || e.parked < e.extensions {
		return
	}
	e.signal(syscall.SIGSTOP)
	for !e.Frozen() && !e.gone() {
		runtime.Gosched() // the kernel is stopping one thread after the other
	}
	e.stopped <- struct{}{}
}

func (e *Environment) gone() bool {
	select {
	case <-e.exited:
		return true
	default:
		return false
	}
}

// Frozen reports whether every thread of the process is stopped, as the kernel sees
// it. Such a process does nothing, and sends nothing.
func (e *Environment) Frozen() bool {
	stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", e.cmd.Process.Pid))
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // the thread is gone
		}
		// pid (name) state …, where the name may hold anything
		state := bytes.TrimSpace(stat[bytes.LastIndexByte(stat, ')')+1:])
		if !bytes.HasPrefix(state, []byte("T")) {
			return false
		}
	}
	return len(stats) > 0
}
