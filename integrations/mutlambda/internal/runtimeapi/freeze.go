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

// arrived counts a request for the next event, and freezes the process if it was the
// last one missing.
func (e *Environment) arrived(count *int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	*count++
	if e.waiting < e.loops || e.parked < e.extensions {
		return
	}
	e.signal(syscall.SIGSTOP)
	for !e.Frozen() && !e.gone() {
		runtime.Gosched() // the kernel stops the threads one by one
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

// Frozen reports whether the kernel has stopped every thread of the process. Such a
// process runs and sends nothing.
func (e *Environment) Frozen() bool {
	stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", e.cmd.Process.Pid))
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has exited
		}
		// pid (name) state …, where the name may contain any character
		state := bytes.TrimSpace(stat[bytes.LastIndexByte(stat, ')')+1:])
		if !bytes.HasPrefix(state, []byte("T")) {
			return false
		}
	}
	return len(stats) > 0
}
