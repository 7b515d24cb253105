// Package leftover reads what processes have left in the spool of this SDK. It
// makes requests of it, as those processes would have sent.
package leftover

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/mutagentapi"
	"github.com/mutagent-io/mutagent-go/internal/otlp"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// A Request is the body of one, and the path that takes it.
type Request struct {
	Path        string
	ContentType string
	Body        []byte
}

// A Found counts what was in a directory.
type Found struct {
	Records int // spans, and parts of them
	Unknown int // records that are neither MutagenT's nor OTLP's
	spool.Peeked
}

// Read calls post with requests that have everything in a spool's directory
// that is not delivered. Nothing in it is changed.
func Read(dir string, post func(Request) error) (f Found, err error) {
	f.Peeked, err = spool.Peek(dir, func(preamble []byte, list [][]byte) error {
		for len(list) > 0 {
			n := min(len(list), most)
			r, ok := request(preamble, list[:n])
			if !ok {
				f.Unknown += n
			} else if err := post(r); err != nil {
				return err
			} else {
				f.Records += n
			}
			list = list[n:]
		}
		return nil
	})
	return f, err
}

// most is how many records a request has: each may be of another trace, and the
// MutagenT API takes 100.
const most = 100

// records are those of one segment.
type records [][]byte

func (r records) Len() int        { return len(r) }
func (r records) At(i int) []byte { return r[i] }

// shortest is what no record is shorter than: a head, a length, and something.
const shortest = destination.HeadBytes + 8

var (
	vendor = mutagentapi.New(mutagentapi.Options{})
	traces = otlp.Traces(otlp.Options{})
)

// request frames records of one segment. Nothing on disk says of which protocol
// they are, but the records of one do not make a request of another.
func request(preamble []byte, list records) (r Request, ok bool) {
	for _, rec := range list {
		if len(rec) < shortest {
			return r, false
		}
	}
	if body, err := frame(vendor, preamble, list); err == nil && isVendor(body) {
		return Request{"/api/traces/batch", "application/json", body}, true
	}
	body, err := frame(traces, preamble, list)
	if err != nil {
		return r, false
	}
	var data tracepb.TracesData
	if proto.Unmarshal(body, &data) == nil && len(data.ResourceSpans) == 1 && isSpans(data.ResourceSpans[0]) {
		return Request{"/v1/traces", "application/x-protobuf", body}, true
	}
	return Request{"/v1/logs", "application/x-protobuf", body}, true
}

// frame makes a body. It must not bring the viewer down that a file is not what
// it seems to be.
func frame(d destination.Destination, preamble []byte, list records) (body []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("these are no records of %s: %v", d.Name(), p)
		}
	}()
	b := d.Frame(preamble, list, record.Lost{})
	r := b.Open()
	defer r.Close()
	if body, err = io.ReadAll(r); err == nil && len(body) == 0 {
		err = errors.New("there is nothing")
	}
	return body, err
}

func isVendor(body []byte) bool {
	var batch struct{ Traces []json.RawMessage }
	return json.Unmarshal(body, &batch) == nil && len(batch.Traces) > 0
}

// isSpans tells spans from log records, which have other fields of the same
// numbers.
func isSpans(r *tracepb.ResourceSpans) bool {
	for _, scope := range r.ScopeSpans {
		for _, s := range scope.Spans {
			if len(s.TraceId) != 16 || len(s.SpanId) != 8 {
				return false
			}
		}
	}
	return true
}
