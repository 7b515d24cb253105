// Package leftover reads the undelivered spans in a spool of this SDK. It builds the
// requests that the processes would have sent.
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

// A Request is the path and the body of a request.
type Request struct {
	Path        string
	ContentType string
	Body        []byte
}

// A Found counts the records in a directory.
type Found struct {
	Records int // spans, and parts of spans
	Unknown int // records that are neither MutagenT's nor OTLP's
	spool.Peeked
}

// Read calls post with requests that contain all undelivered data in a spool's
// directory. It does not change the directory.
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

// most is the maximum number of records in a request: each may be of another trace, and
// the MutagenT API accepts 100 traces.
const most = 100

// records are the records of one segment.
type records [][]byte

func (r records) Len() int        { return len(r) }
func (r records) At(i int) []byte { return r[i] }

// shortest is the minimum length of a record: a header, a length, and some content.
const shortest = destination.HeadBytes + 8

var (
	vendor = mutagentapi.New(mutagentapi.Options{})
	traces = otlp.Traces(otlp.Options{})
)

// request builds a request of the records of one segment. The files do not say which
// protocol the records have, but records of one protocol are not a valid request of
// another.
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

// frame builds a body. It recovers from panics, because an unexpected file must not
// crash the viewer.
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

// isSpans distinguishes spans from log records, whose fields have the same numbers but
// other types.
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
