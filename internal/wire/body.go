package wire

import (
	"encoding/hex"
	"hash/maphash"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
)

// A Header is what the spans of a client have in common.
type Header struct {
	Resource    []slog.Attr
	Environment string
	Source      string

	encoded []byte // the resource, of a header that was restored
}

// Lost is what could not be kept since the last request that got through.
type Lost struct {
	Spans     int64
	Events    int64
	Truncated int64
	Masked    int64 // places in texts
	Withheld  int64 // spans whose texts could not be vetted
	Reasons   map[string]int64
}

// Add counts n spans as lost for a reason.
func (l *Lost) Add(reason string, n int64) {
	if l.Reasons == nil {
		l.Reasons = map[string]int64{}
	}
	l.Reasons[reason] += n
	l.Spans += n
}

func appendTraceHead(dst []byte, e *entry, h *Header) []byte {
	dst = append(dst, `{"traceId":"`...)
	dst = hex.AppendEncode(dst, e.trace[:])
	dst = append(dst, `","source":`...)
	dst = AppendString(dst, h.Source)
	if h.Environment != "" {
		dst = append(dst, `,"environment":`...)
		dst = AppendString(dst, h.Environment)
	}
	if e.common != nil {
		dst = appendCommon(dst, e.common)
	}
	return append(dst, `,"spans":[`...)
}

func appendCommon(dst []byte, t *Trace) []byte {
	dst = append(dst, t.encoded...)
	if t.SessionID != "" {
		dst = AppendString(append(dst, `,"sessionId":`...), t.SessionID)
	}
	if t.UserID != "" {
		dst = AppendString(append(dst, `,"userId":`...), t.UserID)
	}
	if len(t.Tags) > 0 {
		dst = append(dst, `,"tags":`...)
		separator := byte('[')
		for _, tag := range t.Tags {
			dst = AppendString(append(dst, separator), tag)
			separator = ','
		}
		dst = append(dst, ']')
	}
	return dst
}

func appendLost(dst []byte, l Lost) []byte {
	if l.Spans == 0 && l.Events == 0 && l.Truncated == 0 && l.Masked == 0 && l.Withheld == 0 {
		return dst
	}
	dst = append(dst, `,"lost":{"spans":`...)
	dst = strconv.AppendInt(dst, l.Spans, 10)
	dst = append(dst, `,"events":`...)
	dst = strconv.AppendInt(dst, l.Events, 10)
	dst = append(dst, `,"truncated":`...)
	dst = strconv.AppendInt(dst, l.Truncated, 10)
	if l.Masked > 0 {
		dst = strconv.AppendInt(append(dst, `,"masked":`...), l.Masked, 10)
	}
	if l.Withheld > 0 {
		dst = strconv.AppendInt(append(dst, `,"withheld":`...), l.Withheld, 10)
	}
	dst = append(dst, `,"reasons":{`...)
	for _, reason := range slices.Sorted(maps.Keys(l.Reasons)) {
		dst = strconv.AppendInt(appendKey(dst, reason), l.Reasons[reason], 10)
	}
	return append(dst, `}}`...)
}

// A Body is a request in the making. It refers to the spans of a batch where
// they are, rather than copying them: while a reader is open, the batch must not
// change, and must not make another Body.
type Body struct {
	frame []byte // what goes between the spans, back to back
	spans []byte // the batch's buffer
	cuts  []cut
	size  int64
	open  atomic.Int32 // readers
}

// A cut is a piece of frame, up to frameEnd, and the piece of spans that follows
// it. The last piece of frame follows the last cut.
type cut struct{ frameEnd, from, to int }

// Body returns the request for the spans in b: grouped by trace, traces in the
// order in which their first span was added.
func (b *Batch) Body(id string, h *Header, lost Lost) *Body {
	b.link()
	frame, cuts := b.appendHead(b.frame[:0], id, h, lost), b.cuts[:0]
	size := 0
	for i := range b.spans {
		if !b.spans[i].first {
			continue
		}
		if i > 0 {
			frame = append(frame, `]},`...)
		}
		frame = appendTraceHead(frame, &b.spans[i], h)
		from := b.start(i) + 1 // the first span of a trace has no comma
		for j := i; ; j = int(b.spans[j].next) {
			next := int(b.spans[j].next)
			if next == j+1 {
				continue // neighbours go as one piece
			}
			cuts = append(cuts, cut{len(frame), from, b.spans[j].end})
			size += b.spans[j].end - from
			if next == 0 {
				break
			}
			from = b.start(next)
		}
	}
	if len(b.spans) > 0 {
		frame = append(frame, `]}`...)
	}
	frame = append(frame, `]}`...)
	b.frame, b.cuts = frame, cuts
	return &Body{frame: frame, spans: b.buf, cuts: cuts, size: int64(size + len(frame))}
}

// piece returns the n-th piece of the body: one of the frame if n is even, one of
// the spans if it is odd. It returns nil after the last.
func (b *Body) piece(n int) []byte {
	if n > 2*len(b.cuts) {
		return nil
	}
	i := n / 2
	if n%2 == 1 {
		return b.spans[b.cuts[i].from:b.cuts[i].to]
	}
	from, to := 0, len(b.frame)
	if i > 0 {
		from = b.cuts[i-1].frameEnd
	}
	if i < len(b.cuts) {
		to = b.cuts[i].frameEnd
	}
	return b.frame[from:to]
}

// link connects the spans of each trace. The table is a hash table with linear
// probing, from a trace to its last span so far; a Go map would be a tenth of
// the cost of the whole encoding.
func (b *Batch) link() {
	size := 1 << bits.Len(uint(2*len(b.spans)))
	b.table = slices.Grow(b.table[:0], size)[:size]
	clear(b.table)
	for i := range b.spans {
		e := &b.spans[i]
		e.first, e.next = true, 0
		at := maphash.Bytes(seed, e.trace[:]) & uint64(size-1)
		for ; b.table[at] != 0; at = (at + 1) & uint64(size-1) {
			if last := &b.spans[b.table[at]-1]; last.trace == e.trace && last.common == e.common {
				e.first, last.next = false, int32(i)
				break
			}
		}
		b.table[at] = int32(i + 1)
	}
}

// seed keeps whoever chooses trace ids from choosing ones that collide.
var seed = maphash.MakeSeed()

// Size returns the length of the body in bytes.
func (b *Body) Size() int64 { return b.size }

// Open returns a reader of the whole body. It may be called several times, also
// while another reader is open.
func (b *Body) Open() io.ReadCloser {
	b.open.Add(1)
	return &bodyReader{body: b, rest: b.piece(0)}
}

// Busy reports whether a reader has not been closed. net/http may go on reading
// a body after it has returned an answer.
func (b *Body) Busy() bool { return b.open.Load() > 0 }

// A bodyReader is read by one goroutine and may be closed by another: the HTTP/2
// client does so. The lock has Close wait for a Read under way, because the batch
// may change as soon as the body is not busy.
type bodyReader struct {
	mu   sync.Mutex
	body *Body  // nil when closed
	n    int    // of the piece that is being read
	rest []byte // of that piece
}

func (r *bodyReader) Read(p []byte) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body == nil {
		return 0, fs.ErrClosed
	}
	for n < len(p) && r.rest != nil {
		m := copy(p[n:], r.rest)
		n += m
		if r.rest = r.rest[m:]; len(r.rest) == 0 {
			r.n++
			r.rest = r.body.piece(r.n)
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

// appendHead writes everything before the traces.
func (b *Batch) appendHead(dst []byte, id string, h *Header, lost Lost) []byte {
	dst = append(dst, `{"batchId":`...)
	dst = AppendString(dst, id)
	dst = append(dst, `,"sdk":{"name":"mutagent-go","version":"`+Version+`"}`...)
	switch {
	case len(h.encoded) > 0:
		dst = append(append(dst, `,"resource":`...), h.encoded...)
	case len(h.Resource) > 0:
		dst = append(dst, `,"resource":`...)
		dst = b.clock.appendAttrs(dst, h.Resource)
	}
	dst = appendLost(dst, lost)
	return append(dst, `,"traces":[`...)
}
