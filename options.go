package mutagent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/config"
	"github.com/mutagent-io/mutagent-go/internal/otlp"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// Options configure a [Client]. Nil Options, and the zero value of each field,
// mean the default. Where a default is an environment variable, a field that is
// set wins. MUTAGENT_DISABLED=true turns tracing off whatever the options say.
type Options struct {
	// APIKey is the MutagenT key. The default is $MUTAGENT_API_KEY. Without a key
	// tracing is off, which is not an error.
	APIKey string
	// Workspace and Organization say where traces belong, for keys that do not imply
	// it. The defaults are $MUTAGENT_WORKSPACE_ID and $MUTAGENT_ORG_ID.
	Workspace    string
	Organization string
	// Protocol says where spans go, and what requests look like: "mutagent", the
	// default, is valid under every published version of the service's API;
	// "mutagent/0.1" is what the Python module mutagent.tracing 0.1.2 sends, key for
	// key, see docs/wire.md; "otlp" sends to an OpenTelemetry backend instead, by
	// OTLP/HTTP, and needs no key, see docs/otlp.md. The default is $MUTAGENT_PROTOCOL.
	Protocol string
	// OTLP describes an OpenTelemetry backend. With another Protocol than "otlp" spans
	// go there in addition, each destination with its own deliveries and losses.
	OTLP *OTLP
	// Events says what log records and other events are to an OpenTelemetry backend:
	// "span", the default, events of their span; "log", log records of their own; or
	// "both".
	Events string
	// Endpoint is the base URL of the service: https, or http to a loopback host.
	// The default is $MUTAGENT_ENDPOINT, then $MUTAGENT_SERVER_URL, then
	// https://api.mutagent.io. With the Protocol "otlp" it is [OTLP].Endpoint.
	Endpoint string
	// Environment is "production", "staging", "development" or a name of your own, sent
	// with every trace. The default is $MUTAGENT_ENVIRONMENT.
	Environment string
	// Source says what made the traces. The default is "sdk".
	Source string
	// ServiceName is the resource attribute service.name. The default is
	// $OTEL_SERVICE_NAME, then what $OTEL_RESOURCE_ATTRIBUTES says, then the name
	// of the executable.
	ServiceName string
	// Resource describes the process. It is added to what
	// $OTEL_RESOURCE_ATTRIBUTES says, and to host.name.
	Resource []slog.Attr

	// BatchSize is the number of ended spans that starts a request. The default is
	// 10. Under load requests carry more, up to MaxBatchBytes.
	BatchSize int
	// BatchInterval is how long a span waits for others at most. The default is
	// 5 s. The end of a span without a parent shortens it to 100 ms.
	BatchInterval time.Duration

	// LiveInterval makes spans visible that take long: one that has been open for
	// as long is sent as far as it is, with [StatusUnset] and its events until
	// then, and again after each interval in which it changed. Its end completes
	// it. The default, 0, means never.
	LiveInterval time.Duration

	// Parent returns the W3C traceparent of another tracer's span in a context, or "". A
	// span without a parent of this SDK goes under that span, as if [Extract] had found it
	// in headers. A span that has both goes under the inner one. Package mutotel has such
	// a function for OpenTelemetry.
	Parent func(ctx context.Context) (traceparent string)

	// Sampling delivers only some traces. Nil means all, unless
	// $MUTAGENT_SAMPLE_RATIO gives a ratio.
	Sampling *Sampling

	// Redactors see every text before it leaves the process, in this order: names,
	// inputs, outputs, attributes, events, errors, users, tags. If one panics, only
	// ids, times, the status and numbers of that span are sent. Package mutredact
	// has some for common secrets and personal data.
	Redactors []Redactor
	// MetadataOnly keeps all content in the process: what is sent of a span is its
	// name, kind, times, status, metrics, tags and such attributes as are no text,
	// and of an event when, where and at which level it was logged. It is also on
	// with MUTAGENT_METADATA_ONLY=true, and below [WithMetadataOnly].
	MetadataOnly bool

	// MaxSpanBytes bounds the payload of one span: input, output, attributes and
	// events. Texts are cut to fit, and the span is marked truncated. The default
	// is 4 MiB, the most is 1 GiB.
	MaxSpanBytes int
	// MaxBatchBytes bounds the spans of one request. A larger span goes alone. The
	// default is 1 MiB, which common proxies let through.
	MaxBatchBytes int
	// MaxQueueBytes bounds what is kept for delivery. When it runs short, payload
	// is dropped first, the oldest before the newer, and whole spans only when
	// nothing but ids, names, times and metrics is left. The default is 64 MiB.
	MaxQueueBytes int

	// Spool keeps spans on disk until they are delivered. Nil means that they are kept
	// in memory only, unless $MUTAGENT_SPOOL_DIR names a directory.
	Spool *Spool

	// ExitTimeout is how much longer [Run] and [Exit] make a program last while nothing
	// can be delivered. The default is 1 s. A service that takes spans gets up to 5 s.
	ExitTimeout time.Duration
	// SignalGrace is how long [Run] waits for its function after the first signal. The
	// default is 5 s.
	SignalGrace time.Duration

	// HTTPClient sends the requests. The default is a client with its own
	// connections. Redirects are never followed.
	HTTPClient *http.Client
	// Logger is told what keeps spans from being delivered, once for each cause and
	// again after 10 minutes at most, and when delivery works again. The default is one
	// line on standard error; slog.New(slog.DiscardHandler) silences it. It is called
	// from a goroutine of its own.
	Logger *slog.Logger
	// FindLeaks tells Logger, at [slog.LevelError], of spans that the program does not
	// end, or uses after their end, once for each problem and place in the program. It
	// takes about a microsecond for each span.
	FindLeaks bool
	// Debug prints a line to standard output when a span starts or ends, for every
	// request, and for what FindLeaks finds. MUTAGENT_DEBUG=true does the same on
	// standard error.
	Debug bool

	backend otlp.Environment // where the OpenTelemetry backend is
}

// Format prints the options without what is secret: the key, and what headers say.
func (o Options) Format(f fmt.State, verb rune) {
	type plain Options // which has no Format
	if o.APIKey != "" {
		o.APIKey = hidden
	}
	o.OTLP = o.OTLP.withoutSecrets()
	o.backend = otlp.Environment{}
	fmt.Fprintf(f, fmt.FormatString(f, verb), plain(o))
}

// hidden stands for what is secret.
const hidden = "[hidden]"

// An OTLP describes an OpenTelemetry backend that is reached by OTLP/HTTP.
type OTLP struct {
	// Endpoint is the base URL, to which /v1/traces and /v1/logs are added; unix:///path
	// is a socket. The default is what OpenTelemetry's variables say,
	// $OTEL_EXPORTER_OTLP_ENDPOINT and those like it, then http://localhost:4318.
	Endpoint string
	// Headers are sent with each request, in addition to those of the variables.
	Headers map[string]string
	// JSON sends JSON rather than protobuf.
	JSON bool
	// Uncompressed sends requests as they are, rather than with gzip.
	Uncompressed bool
	// NoOpenInference leaves out the attributes that only viewers of OpenInference
	// read, such as Phoenix and MLflow.
	NoOpenInference bool
}

// Format prints the backend without what headers say.
func (o OTLP) Format(f fmt.State, verb rune) {
	type plain OTLP
	fmt.Fprintf(f, fmt.FormatString(f, verb), plain(*o.withoutSecrets()))
}

func (o *OTLP) withoutSecrets() *OTLP {
	if o == nil {
		return nil
	}
	c := *o
	c.Headers = maps.Clone(o.Headers)
	for name := range c.Headers {
		c.Headers[name] = hidden
	}
	return &c
}

// A Spool is a directory in which spans are kept until they are delivered, if need be
// by the next process, see docs/spool.md.
type Spool struct {
	// Dir is made if need be. Processes may share it, but the file system must be a
	// local one. The default is $MUTAGENT_SPOOL_DIR.
	Dir string
	// AtEnd writes each span when it ends, before its end returns. That costs a system
	// call; a process that is killed loses no span that had ended. Otherwise spans are
	// written in the background, a few milliseconds after they ended: ending a span
	// costs nothing more, and a process that is killed loses what ended in the last
	// milliseconds.
	AtEnd bool
	// Sync has the disk write them too, soon after: without it they survive the
	// process, but not a power cut.
	Sync bool
	// MaxBytes bounds what is kept there, by all processes together; the oldest is
	// dropped first. The default is 1 GiB, the least 1 MiB.
	MaxBytes int
	// MaxAge is how long spans are kept there. The default is 72 h.
	MaxAge time.Duration
}

// Sampling says which traces are delivered. The decision is made once for a trace,
// when its first span starts, from the trace id alone, so that services with the
// same ratio agree. A trace that began in another process follows the decision
// made there, see [Extract].
type Sampling struct {
	// Ratio is the part of the traces that is delivered, from 0 to 1.
	Ratio float64
	// KeepErrors delivers the others too, if the span with which they began in this
	// process ends with [StatusError]. Until then they are held back, in at most a
	// quarter of MaxQueueBytes on top of it; if that is not enough, the oldest
	// traces are given up. Other processes are not told.
	KeepErrors bool
}

// A Redactor returns text without what must not leave the process, and the number
// of places that it masked. key is the attribute's or the JSON member's name, or
// "". Numbers of twelve digits and more count as text. It may be called from several
// goroutines at once. The program waits for it only with [Spool].AtEnd, when a span
// ends, and with Options.Debug.
type Redactor func(key, text string) (redacted string, masked int)

// The values of Options.Protocol.
const (
	protocolDefault = "mutagent"
	protocolLegacy  = "mutagent/0.1"
	protocolOTLP    = "otlp"
)

// complete fills in defaults, and returns why tracing is off, "" if it is on.
func (o *Options) complete() (why string, err error) {
	disabled, err := config.Bool("MUTAGENT_DISABLED")
	if err != nil {
		return "", err
	}
	if disabled {
		return "MUTAGENT_DISABLED is set", nil
	}
	o.Protocol = cmp.Or(o.Protocol, os.Getenv("MUTAGENT_PROTOCOL"), protocolDefault)
	o.APIKey = strings.TrimSpace(cmp.Or(o.APIKey, os.Getenv("MUTAGENT_API_KEY")))
	if o.APIKey == "" && o.Protocol != protocolOTLP {
		return "no API key; set Options.APIKey or MUTAGENT_API_KEY", nil
	}
	o.Workspace = cmp.Or(o.Workspace, os.Getenv("MUTAGENT_WORKSPACE_ID"))
	o.Organization = cmp.Or(o.Organization, os.Getenv("MUTAGENT_ORG_ID"))
	o.Events = cmp.Or(o.Events, "span")
	if err := errors.Join(
		config.Header("APIKey", "MUTAGENT_API_KEY", o.APIKey),
		config.Header("Workspace", "MUTAGENT_WORKSPACE_ID", o.Workspace),
		config.Header("Organization", "MUTAGENT_ORG_ID", o.Organization),
		config.Word("Protocol", o.Protocol, protocolDefault, protocolLegacy, protocolOTLP),
		config.Word("Events", o.Events, "span", "log", "both"),
	); err != nil {
		return "", err
	}
	if err := o.completeOTLP(); err != nil {
		return "", err
	}
	o.Endpoint = strings.TrimRight(cmp.Or(o.Endpoint, os.Getenv("MUTAGENT_ENDPOINT"), os.Getenv("MUTAGENT_SERVER_URL"), "https://api.mutagent.io"), "/")
	if err := config.Endpoint(o.Endpoint); err != nil {
		return "", err
	}
	metadataOnly, err := config.Bool("MUTAGENT_METADATA_ONLY")
	if err != nil {
		return "", err
	}
	o.MetadataOnly = o.MetadataOnly || metadataOnly
	if slices.ContainsFunc(o.Redactors, func(f Redactor) bool { return f == nil }) {
		return "", errors.New("option Redactors has a nil; remove it")
	}
	if o.Sampling, err = o.Sampling.complete(); err != nil {
		return "", err
	}
	o.Environment = cmp.Or(o.Environment, os.Getenv("MUTAGENT_ENVIRONMENT"))
	o.Source = cmp.Or(o.Source, "sdk")
	o.Resource = config.Resource(o.ServiceName, o.Resource)
	return "", errors.Join(
		config.Positive("BatchSize", &o.BatchSize, 10),
		config.Positive("BatchInterval", &o.BatchInterval, 5*time.Second),
		config.Positive("LiveInterval", &o.LiveInterval, 0),
		config.Positive("ExitTimeout", &o.ExitTimeout, exitTimeout),
		config.Positive("SignalGrace", &o.SignalGrace, signalGrace),
		config.Positive("MaxSpanBytes", &o.MaxSpanBytes, 4<<20),
		config.AtMost("MaxSpanBytes", o.MaxSpanBytes, 1<<30),
		config.Positive("MaxBatchBytes", &o.MaxBatchBytes, 1<<20),
		config.Positive("MaxQueueBytes", &o.MaxQueueBytes, 64<<20),
		o.completeSpool(),
	)
}

// completeOTLP finds out where the OpenTelemetry backend is, if there is one.
func (o *Options) completeOTLP() (err error) {
	if o.OTLP == nil && o.Protocol != protocolOTLP {
		return nil
	}
	var backend OTLP
	if o.OTLP != nil {
		backend = *o.OTLP
	}
	o.OTLP = &backend
	if o.Protocol == protocolOTLP {
		backend.Endpoint = cmp.Or(backend.Endpoint, o.Endpoint, os.Getenv("MUTAGENT_ENDPOINT"))
		o.Endpoint = "" // it is the backend's
	}
	if o.backend, err = otlp.FromEnvironment(os.Getenv); err != nil {
		return err
	}
	for signal, e := range map[string]*otlp.Endpoint{"traces": &o.backend.Traces, "logs": &o.backend.Logs} {
		if backend.Endpoint != "" {
			if e.URL, e.Socket, err = otlp.SignalURL(backend.Endpoint, signal); err != nil {
				return fmt.Errorf("option OTLP.Endpoint %w", err)
			}
		}
		headers := maps.Clone(e.Headers)
		if headers == nil {
			headers = map[string]string{}
		}
		maps.Copy(headers, backend.Headers)
		e.Headers = headers
		e.JSON, e.Gzip = e.JSON || backend.JSON, e.Gzip && !backend.Uncompressed
	}
	return nil
}

func (o *Options) completeSpool() error {
	dir := os.Getenv("MUTAGENT_SPOOL_DIR")
	if o.Spool == nil && dir == "" {
		return nil
	}
	var s Spool
	if o.Spool != nil {
		s = *o.Spool
	}
	o.Spool = &s
	if s.Dir = cmp.Or(s.Dir, dir); s.Dir == "" {
		return errors.New("option Spool has no Dir; set it, or MUTAGENT_SPOOL_DIR")
	}
	abs, err := filepath.Abs(s.Dir) // a program may change its directory later
	if err != nil {
		return fmt.Errorf("option Spool.Dir is %q, and the current directory is unknown (%w); set it to an absolute path", s.Dir, err)
	}
	s.Dir = abs
	return errors.Join(
		spool.Check(abs),
		config.Positive("Spool.MaxBytes", &s.MaxBytes, 1<<30),
		config.AtLeast("Spool.MaxBytes", s.MaxBytes, 1<<20),
		config.Positive("Spool.MaxAge", &s.MaxAge, 72*time.Hour),
	)
}

// complete returns s, or what the environment says if that is nil.
func (s *Sampling) complete() (*Sampling, error) {
	name := "option Sampling.Ratio"
	if text := os.Getenv("MUTAGENT_SAMPLE_RATIO"); s == nil && text != "" {
		ratio, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("MUTAGENT_SAMPLE_RATIO is %q; set it to a number from 0 to 1", text)
		}
		name, s = "MUTAGENT_SAMPLE_RATIO", &Sampling{Ratio: ratio}
	}
	if s != nil && !(0 <= s.Ratio && s.Ratio <= 1) {
		return nil, fmt.Errorf("%s is %v; it must be from 0 to 1", name, s.Ratio)
	}
	return s, nil
}
