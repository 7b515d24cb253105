package mutllm

import (
	"io"
	"sync"
	"time"
)

// An early body is read ahead of its reader, up to a limit, so that its beginning
// is known even if the reader closes it unread. It may come slowly: the reader need
// not wait, and reads what there is.
type early struct {
	body io.ReadCloser
	over chan struct{} // closed when nothing is read ahead any more

	mu    sync.Mutex
	ready sync.Cond // there is more of head, or done is set
	head  []byte
	taken int // bytes of head that the reader has
	done  bool
	err   error // why, nil at the limit
	shut  bool  // by the reader
}

// soon is how long the beginning of a body is waited for. Most often it is there
// with the header, or in memory; who has to wait for it must not wait for us, too.
const soon = 10 * time.Millisecond

// readAhead returns body, of which the first limit bytes are read as they come, after
// it gave them the time to come at once.
func readAhead(body io.ReadCloser, limit int64) *early {
	e := &early{body: body, over: make(chan struct{})}
	e.ready.L = &e.mu
	go e.fill(limit)
	timer := time.NewTimer(soon)
	defer timer.Stop()
	select {
	case <-e.over:
	case <-timer.C:
	}
	return e
}

// fill ends with the body or at the limit, and at the latest when the body is
// closed.
func (e *early) fill(limit int64) {
	defer close(e.over)
	buf := make([]byte, 4<<10)
	for {
		n, err := e.body.Read(buf[:min(limit, int64(len(buf)))])
		limit -= int64(n)
		e.mu.Lock()
		e.head = append(e.head, buf[:n]...)
		if e.done = err != nil || limit == 0; e.done {
			e.err = err
		}
		done := e.done
		e.ready.Broadcast()
		e.mu.Unlock()
		if done {
			return
		}
	}
}

// isOver reports whether nothing is read ahead any more.
func (e *early) isOver() bool {
	select {
	case <-e.over:
		return true
	default:
		return false
	}
}

// text is what was read ahead until now.
func (e *early) text() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.head[:len(e.head):len(e.head)]
}

// Read returns what was read ahead, and then the rest.
func (e *early) Read(p []byte) (int, error) {
	if n, rest, err := e.readHead(p); !rest {
		return n, err
	}
	return e.body.Read(p)
}

// readHead reads from what was read ahead, unless only the rest is left.
func (e *early) readHead(p []byte) (n int, rest bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.taken == len(e.head) && !e.done && !e.shut && len(p) > 0 {
		e.ready.Wait()
	}
	if e.shut {
		return 0, true, nil // what the body says of that
	}
	if n = copy(p, e.head[e.taken:]); n > 0 || len(p) == 0 {
		e.taken += n
		return n, false, nil
	}
	return 0, e.err == nil, e.err
}

func (e *early) Close() error {
	e.mu.Lock()
	e.shut = true
	e.ready.Broadcast()
	e.mu.Unlock()
	return e.body.Close()
}
