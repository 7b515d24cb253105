package mutllm

import (
	"io"
	"sync"
	"time"
)

// An early body is read ahead up to a limit, so that its beginning is recorded even if
// the caller closes it unread. The caller need not wait for slow data, and reads
// whatever has arrived.
type early struct {
	body io.ReadCloser
	over chan struct{} // closed when reading ahead has ended

	mu    sync.Mutex
	ready sync.Cond // there is more of head, or done is set
	head  []byte
	taken int // bytes of head that the reader has read
	done  bool
	err   error // why it is done; nil at the limit
	shut  bool  // the reader has closed it
}

// soon is how long readAhead waits for the beginning of a body. Usually it arrives with
// the header, or is in memory.
const soon = 10 * time.Millisecond

// readAhead returns a body whose first limit bytes are read in the background. It waits
// up to soon for them.
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

// fill returns at the end of the body, at the limit, or when the body is closed.
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

// isOver reports whether reading ahead has ended.
func (e *early) isOver() bool {
	select {
	case <-e.over:
		return true
	default:
		return false
	}
}

// text returns what was read ahead so far.
func (e *early) text() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.head[:len(e.head):len(e.head)]
}

// Read returns what was read ahead, then the rest of the body.
func (e *early) Read(p []byte) (int, error) {
	if n, rest, err := e.readHead(p); !rest {
		return n, err
	}
	return e.body.Read(p)
}

// readHead reads what was read ahead. rest reports that it is used up and the body
// continues.
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
