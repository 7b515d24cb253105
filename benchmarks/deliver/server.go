package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/encoding/protowire"
)

// serve takes spans until in ends. It writes its URL to out.
func serve(in io.Reader, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var spans, records receipt
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/traces/batch", receive(&spans, countNative))
	mux.HandleFunc("POST /v1/traces", receive(&spans, countOTLP))
	mux.HandleFunc("POST /v1/logs", receive(&records, countOTLP))
	mux.HandleFunc("GET /spans", spans.tell)
	mux.HandleFunc("GET /records", records.tell)
	go func() { _ = http.Serve(l, mux) }() // until the process ends
	if _, err := fmt.Fprintf(out, "http://%s\n", l.Addr()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

// A receipt is what has come so far.
type receipt struct{ items, bytes atomic.Int64 } // bytes of bodies, as they were sent

func (r *receipt) tell(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, r.items.Load(), r.bytes.Load())
}

// answers are what accepts a request, by its path.
var answers = map[string]string{"/api/traces/batch": `{"accepted":1,"rejected":0}`}

// receive adds up what count finds in each request. It does as little as it can,
// so as not to slow down the other process.
func receive(total *receipt, count func(body []byte) (int, error)) http.HandlerFunc {
	buffers := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	return func(w http.ResponseWriter, r *http.Request) {
		buf := buffers.Get().(*bytes.Buffer)
		defer func() { buf.Reset(); buffers.Put(buf) }()
		_, err := buf.ReadFrom(r.Body)
		if err != nil {
			return // the client has gone
		}
		n, err := countIn(r.Header.Get("Content-Encoding"), buf.Bytes(), count)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		total.items.Add(int64(n))
		total.bytes.Add(int64(buf.Len()))
		_, _ = io.WriteString(w, answers[r.URL.Path])
	}
}

// countIn is count for a body in an encoding, gzip or none.
func countIn(encoding string, body []byte, count func(body []byte) (int, error)) (int, error) {
	if encoding != "gzip" {
		return count(body)
	}
	zr, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	plain, err := io.ReadAll(zr)
	if err != nil {
		return 0, err
	}
	return count(plain)
}

func countNative(body []byte) (int, error) { return bytes.Count(body, []byte(`"spanId":`)), nil }

// countOTLP counts ExportTraceServiceRequest.resource_spans.scope_spans.spans, and
// log records, which stand in the same place of their request.
func countOTLP(body []byte) (int, error) { return countAt(body, 1, 2, 2) }

// countAt counts the messages at a path of field numbers.
func countAt(message []byte, path ...protowire.Number) (n int, err error) {
	if len(path) == 0 {
		return 1, nil
	}
	for len(message) > 0 {
		field, typ, size := protowire.ConsumeTag(message)
		if size < 0 {
			return 0, protowire.ParseError(size)
		}
		message = message[size:]
		if field == path[0] && typ == protowire.BytesType {
			inner, _ := protowire.ConsumeBytes(message)
			m, err := countAt(inner, path[1:]...)
			if err != nil {
				return 0, err
			}
			n += m
		}
		if size = protowire.ConsumeFieldValue(field, typ, message); size < 0 {
			return 0, protowire.ParseError(size)
		}
		message = message[size:]
	}
	return n, nil
}
