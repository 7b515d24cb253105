package destination

import (
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
)

// A Body is the body of one request. Its pieces refer to the records instead of copying
// them. The records must not change while a reader is open.
type Body struct {
	Pieces   [][]byte
	Encoding string // content encoding: "gzip" or ""
	// Free, if not nil, takes back the memory of the pieces that are not records.
	Free func()

	open atomic.Int32 // number of open readers
}

// Size returns the length of the body in bytes.
func (b *Body) Size() (n int64) {
	for _, p := range b.Pieces {
		n += int64(len(p))
	}
	return n
}

// Open returns a reader of the whole body. It may be called several times, even while
// another reader is open.
func (b *Body) Open() io.ReadCloser {
	b.open.Add(1)
	return &bodyReader{body: b, rest: b.Pieces}
}

// Release ends the use of the body after its round. It returns false if a reader is
// still open; then the memory and the records must stay unchanged.
func (b *Body) Release() bool {
	if b.Busy() {
		return false
	}
	if b.Free != nil {
		b.Free()
	}
	b.Pieces = nil
	return true
}

// Busy reports whether a reader is open. net/http may continue to read a body after it
// has returned an answer.
func (b *Body) Busy() bool { return b.open.Load() > 0 }

// A bodyReader is read by one goroutine and may be closed by another, as the HTTP/2
// client does. The lock makes Close wait for a Read under way, because the records may
// change as soon as the body is not busy.
type bodyReader struct {
	mu   sync.Mutex
	body *Body // nil when closed
	rest [][]byte
	done int // bytes read of rest[0]
}

func (r *bodyReader) Read(p []byte) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body == nil {
		return 0, fs.ErrClosed
	}
	for n < len(p) && len(r.rest) > 0 {
		m := copy(p[n:], r.rest[0][r.done:])
		n, r.done = n+m, r.done+m
		if r.done == len(r.rest[0]) {
			r.rest, r.done = r.rest[1:], 0
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *bodyReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body != nil {
		r.body.open.Add(-1)
		r.body, r.rest = nil, nil
	}
	return nil
}
