package mutllm

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// An early body is read ahead of the caller, up to a limit, so that its beginning
// is known even if the caller closes it unread. A server may be slow with it: the
// caller need not wait, and reads what there is.
type early struct {
	body io.ReadCloser

	mu    sync.Mutex
	ready sync.Cond // ahead has grown, or done is set
	ahead bytes.Buffer
	done  bool  // nothing is read ahead any more
	err   error // why, nil at the limit
}

// enough is how long the beginning of a body is waited for. Most often it comes
// with the header.
const enough = time.Second

// readAhead returns body, and what of its first limit bytes came soon.
func readAhead(body io.ReadCloser, limit int64) (*early, string) {
	e := &early{body: body}
	e.ready.L = &e.mu
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		e.fill(limit)
	}()
	timer := time.NewTimer(enough)
	defer timer.Stop()
	select {
	case <-finished:
	case <-timer.C:
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e, e.ahead.String()
}

// fill ends with the body or at the limit, and at the latest when the body is
// closed.
func (e *early) fill(limit int64) {
	buf := make([]byte, 4<<10)
	for {
		n, err := e.body.Read(buf[:min(limit, int64(len(buf)))])
		limit -= int64(n)
		e.mu.Lock()
		e.ahead.Write(buf[:n])
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

// Read returns what was read ahead, and then the rest.
func (e *early) Read(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.ahead.Len() == 0 && !e.done {
		e.ready.Wait()
	}
	switch {
	case e.ahead.Len() > 0:
		return e.ahead.Read(p)
	case e.err != nil:
		return 0, e.err
	}
	return e.body.Read(p)
}

func (e *early) Close() error { return e.body.Close() }
