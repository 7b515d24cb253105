// Package otlp is the destination for OTLP over HTTP, such as an OpenTelemetry
// Collector. It encodes spans as OTLP protobuf by appending bytes, and maps them to
// OpenTelemetry's GenAI conventions and to OpenInference; docs/otlp.md has the table.
// It does no I/O and reads no clock.
package otlp

import (
	"log/slog"
	"net/http"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// Options configure where spans are sent and how they are encoded.
type Options struct {
	URL     string // URL of the signal: https://host:4318/v1/traces
	Headers map[string]string
	JSON    bool // JSON instead of protobuf, which every backend accepts
	Gzip    bool
	// MaxBytes bounds the records of one request, before compression and in
	// protobuf; 0 is 1 MiB.
	MaxBytes int

	Resource    []slog.Attr // frozen
	Environment string      // "" or a name such as "production"

	// Events selects how events are sent: "span" (or ""), as events of their span;
	// "log", as log records; or "both".
	Events string
	// NoOpenInference leaves out the attributes that only OpenInference viewers read,
	// such as Phoenix and MLflow.
	NoOpenInference bool
}

const defaultMaxBytes = 1 << 20

// Traces returns the destination of spans. Its Name is "otlp".
func Traces(o Options) destination.Destination {
	d := &traces{signal: newSignal("otlp", "spans", traceRequest, o)}
	d.openInference = !o.NoOpenInference
	d.events = o.Events != "log"
	return d
}

// Logs returns the destination of events as log records. Its Name is "otlp-logs". It
// sends nothing if events are sent only with their spans.
func Logs(o Options) destination.Destination {
	return &logs{signal: newSignal("otlp-logs", "log records", logRequest, o), events: o.Events == "log" || o.Events == "both"}
}

// A signal is what traces and logs have in common.
type signal struct {
	name, unit string
	url        string
	header     http.Header
	json, gzip bool
	maxBytes   int
	preamble   []byte
	request    message
}

func newSignal(name, unit string, request message, o Options) signal {
	header := http.Header{}
	for k, v := range o.Headers {
		header.Set(k, v)
	}
	contentType := protobufType
	if o.JSON {
		contentType = jsonType
	}
	header.Set("Content-Type", contentType)
	header.Set("User-Agent", record.SDKName+"/"+record.SDKVersion)
	maxBytes := o.MaxBytes
	if maxBytes == 0 {
		maxBytes = defaultMaxBytes
	}
	return signal{
		name: name, unit: unit, url: o.URL, header: header,
		json: o.JSON, gzip: o.Gzip, maxBytes: maxBytes,
		preamble: appendPreamble(nil, o.Resource, o.Environment), request: request,
	}
}

const (
	protobufType = "application/x-protobuf"
	jsonType     = "application/json"
)

func (s *signal) Name() string               { return s.name }
func (s *signal) URL() string                { return s.url }
func (s *signal) Header() http.Header        { return s.header }
func (s *signal) Limits() destination.Limits { return destination.Limits{Bytes: s.maxBytes} }
func (s *signal) Preamble() []byte           { return s.preamble }
