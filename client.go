package mutagent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/config"
	"github.com/mutagent-io/mutagent-go/internal/debug"
	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/leak"
	"github.com/mutagent-io/mutagent-go/internal/pipeline"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/redact"
	"github.com/mutagent-io/mutagent-go/internal/route"
	"github.com/mutagent-io/mutagent-go/internal/sample"
	"github.com/mutagent-io/mutagent-go/internal/settings"
	"github.com/mutagent-io/mutagent-go/internal/trouble"
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
	// again after 10 minutes at most, and when delivery works again; and by package
	// mutllm, once for each host, how a stream is made to tell its tokens. The default is one
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
}

// Format prints the options without what is secret: the key, and what headers say.
func (o Options) Format(f fmt.State, verb rune) {
	type plain Options // which has no Format
	if o.APIKey != "" {
		o.APIKey = hidden
	}
	o.OTLP = o.OTLP.withoutSecrets()
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

// settings returns the options in the form in which they are checked and completed.
func (o *Options) settings() settings.Settings {
	return settings.Settings{
		APIKey: o.APIKey, Workspace: o.Workspace, Organization: o.Organization,
		Protocol: o.Protocol, Endpoint: o.Endpoint, OTLP: (*settings.OTLP)(o.OTLP), Events: o.Events,
		Environment: o.Environment, Source: o.Source, ServiceName: o.ServiceName, Resource: o.Resource,
		BatchSize: o.BatchSize, BatchInterval: o.BatchInterval, LiveInterval: o.LiveInterval,
		MaxSpanBytes: o.MaxSpanBytes, MaxBatchBytes: o.MaxBatchBytes, MaxQueueBytes: o.MaxQueueBytes,
		Sampling: (*settings.Sampling)(o.Sampling), Spool: (*settings.Spool)(o.Spool), MetadataOnly: o.MetadataOnly,
		ExitTimeout: o.ExitTimeout, SignalGrace: o.SignalGrace,
	}
}

// A Client records spans and delivers them. Most programs use the default client
// through the package's functions, see [Init]. A nil *Client, and one that was
// shut down, records nothing. All methods are safe for concurrent use.
type Client struct {
	pipeline   *pipeline.Pipeline // nil if tracing is off
	maxSpan    int
	parent     func(context.Context) string // nil unless Options.Parent
	ratio      float64                      // of the traces that are delivered
	keeper     *sample.Keeper               // of the others; nil if they are left out at once
	leftOut    atomic.Int64                 // traces, by sampling without a keeper
	debug      *debug.Log                   // nil unless Options.Debug
	leaks      *leak.Detector               // nil unless Options.FindLeaks or Debug
	lateWrites atomic.Int64                 // calls on spans that had ended
	stopped    atomic.Bool                  // no longer counted in running
	troubles   *trouble.Log                 // nil if tracing is off
	redactor   *redact.Redactor             // nil if tracing is off
	openTold   atomic.Bool                  // that a flush was called below an open root

	exitTimeout, signalGrace time.Duration // see Options
}

// off is a client that records nothing.
var off = new(Client)

// running is 0 when nothing can be traced, so that Start need not look any
// further. It counts the clients that are running, and the environment until
// defaultClient has looked at it.
var running atomic.Int64

func init() {
	running.Store(1)
	trouble.Of = troublesOf
}

// troublesOf returns where the client that ctx has tells its troubles.
func troublesOf(ctx context.Context) *trouble.Log {
	if c := ClientFromContext(ctx); c != nil {
		return c.troubles
	}
	return nil
}

// New returns a running client, which the caller must shut down. If tracing is off,
// because there is no key or by $MUTAGENT_DISABLED, it returns a client that records
// nothing. An error names the option or variable that is wrong, and says how to put
// it right.
func New(opts *Options) (*Client, error) {
	if opts == nil {
		opts = new(Options)
	}
	s := opts.settings()
	why, err := s.Complete()
	if err != nil {
		return nil, fmt.Errorf("mutagent: %w", err)
	}
	c := new(Client)
	if c.debug, err = opts.debugLog(); err != nil {
		return nil, fmt.Errorf("mutagent: %w", err)
	}
	if why != "" {
		c.debug.Printf("tracing is off: %s", why)
		return c, nil
	}
	redactor, err := opts.redactor(s.MetadataOnly)
	if err != nil {
		return nil, fmt.Errorf("mutagent: %w", err)
	}
	c.start(opts, &s, redactor)
	running.Add(1)
	return c, nil
}

// debugLog returns where Debug prints to, nil if it is off. The environment's lines go
// to standard error: standard output may be a protocol's.
func (o *Options) debugLog() (*debug.Log, error) {
	fromEnvironment, err := config.Bool("MUTAGENT_DEBUG")
	switch {
	case o.Debug:
		return debug.New(os.Stdout), nil
	case fromEnvironment:
		return debug.New(os.Stderr), err
	}
	return nil, err
}

// start makes what a client consists of. s are its options, complete.
func (c *Client) start(o *Options, s *settings.Settings, redactor *redact.Redactor) {
	c.maxSpan = s.MaxSpanBytes
	c.parent = o.Parent
	var lines io.Writer
	if c.debug != nil {
		c.debug.Redactor = redactor
		lines = c.debug
	}
	troubles := o.trouble()
	c.troubles, c.exitTimeout, c.signalGrace = troubles, s.ExitTimeout, s.SignalGrace
	c.redactor = redactor
	if o.FindLeaks || c.debug != nil {
		c.leaks = leak.New(func(found leak.Leak) { c.tell(found, troubles, redactor) })
	}
	resource, _ := freeze.Attrs(nil, s.Resource)
	s.Resource = redactor.Attrs(resource)
	c.pipeline = pipeline.New(pipeline.Options{
		Size:     s.BatchSize,
		Interval: s.BatchInterval,
		Live:     s.LiveInterval,
		Memory:   int64(s.MaxQueueBytes),
		Redactor: redactor,
		Lanes:    route.Lanes(s, o.HTTPClient),
		AtEnd:    s.Spool != nil && s.Spool.AtEnd,
		Trouble:  troubles,
		Debug:    lines,
	})
	c.ratio = 1
	if s.Sampling != nil {
		c.ratio = s.Sampling.Ratio
		if s.Sampling.KeepErrors {
			c.keeper = sample.NewKeeper(c.pipeline.Intake, int64(s.MaxQueueBytes)/4)
		}
	}
}

// trouble returns where delivery's troubles are told.
func (o *Options) trouble() *trouble.Log {
	if o.Logger != nil {
		return trouble.New(o.Logger)
	}
	return trouble.New(slog.New(trouble.Lines(os.Stderr)))
}

func (o *Options) redactor(metadataOnly bool) (*redact.Redactor, error) {
	var funcs []redact.Func
	for _, f := range o.Redactors {
		if f == nil {
			return nil, errors.New("option Redactors has a nil; remove it")
		}
		funcs = append(funcs, redact.Func(f))
	}
	return redact.New(metadataOnly, funcs), nil
}

// tell tells of a leak: the logger, and Debug's output.
func (c *Client) tell(found leak.Leak, troubles *trouble.Log, redactor *redact.Redactor) {
	text := func() string {
		span := redactor.Outline(&record.Span{Kind: found.Kind, Name: found.Name})
		return fmt.Sprintf("%s:%d: span %q (%s) %s", found.File, found.Line, span.Name, span.Kind, found.Problem)
	}
	if c.debug != nil {
		c.debug.Printf("leak: %s", text())
		return
	}
	troubles.Leaked(text)
}

func (c *Client) enabled() bool { return c != nil && c.pipeline != nil && !c.pipeline.Closed() }

// addLate sends an event of a span that has ended: with the span's skeleton, so that
// it can be understood by itself.
func (c *Client) addLate(s *Span, e record.Event, attrs []slog.Attr, size int) {
	switch {
	case s.item.Deferred():
		return // left out, or nobody knows yet
	case s.item.Refused():
		c.pipeline.Intake.DropEvent()
		return
	}
	it := new(intake.Item)
	it.Span = s.outline()
	it.Span.Marks = record.Late
	it.Span.Events.Add(e, attrs...)
	it.Span.Size = int32(size)
	c.pipeline.Intake.Late(it)
}

// std is the default client: nil before anybody asked for it.
var std struct {
	client atomic.Pointer[Client]
	mu     sync.Mutex // serialises Init, Shutdown and the look at the environment
	looked bool       // at the environment, or it no longer counts
	err    error      // what was wrong with the environment
}

// Init makes the default client, which the package's functions use. Call it
// before the first span; without it, the first span makes the default client
// from the environment. It returns an error if opts are wrong, see [New], or if
// the default client is running already.
func Init(opts *Options) error {
	first, err := beginInit()
	if err != nil {
		return err
	}
	c, err := New(opts) // not under the lock: it calls the Redactors
	return endInit(c, err, first)
}

// beginInit makes sure that no client is running, and that a span which a Redactor
// starts makes none. It reports whether one could have.
func beginInit() (first bool, err error) {
	std.mu.Lock()
	defer std.mu.Unlock()
	if std.client.Load().enabled() {
		return false, errRunning
	}
	first = !std.looked
	forgetEnvironment()
	return first, nil
}

// endInit makes c the default client, unless there was an error or another Init was
// faster.
func endInit(c *Client, err error, first bool) error {
	std.mu.Lock()
	defer std.mu.Unlock()
	switch running := std.client.Load().enabled(); {
	case err == nil && running:
		_ = c.Shutdown(context.Background())
		return errRunning
	case err == nil:
		std.client.Store(c)
		std.err = nil
	case first && !running:
		rememberEnvironment()
	}
	return err
}

var errRunning = errors.New("mutagent: Init: the default client is running already, made by an earlier Init or, from the environment, by an earlier span; call Init first, or Shutdown before it")

// forgetEnvironment ends the wait for a first span that would make the default
// client. The caller holds std.mu.
func forgetEnvironment() {
	if !std.looked {
		std.looked = true
		running.Add(-1)
	}
}

// rememberEnvironment undoes forgetEnvironment.
func rememberEnvironment() {
	std.looked = false
	running.Add(1)
}

// defaultClient returns the default client, made from the environment if need be
// and possible. It tries once.
func defaultClient() *Client {
	if c := std.client.Load(); c != nil {
		return c
	}
	std.mu.Lock()
	defer std.mu.Unlock()
	if !std.looked {
		c, err := New(nil)
		std.client.Store(c)
		std.err = err
		forgetEnvironment()
	}
	return std.client.Load()
}

// Stats returns what became of the client's spans so far.
func (c *Client) Stats() Statistics {
	if c == nil || c.pipeline == nil {
		return Statistics{}
	}
	s := newStatistics(c.pipeline.Stats())
	s.LateWrites, s.SampledOut = c.lateWrites.Load(), c.leftOut.Load()
	if c.keeper != nil {
		s.SampledOut += c.keeper.Out()
	}
	return s
}

// Flush is the package's [Flush] for c.
func (c *Client) Flush(ctx context.Context) error {
	if c == nil || c.pipeline == nil {
		return nil
	}
	return deliveryError(c.pipeline.Flush(given(ctx)))
}

// Snapshot is [Client.Flush] for spans that have not ended, too: it sends them as far
// as they are, with [StatusUnset], and their end completes them. It is for a process
// that is about to be killed in the middle of its work, such as a Lambda function
// that runs into its timeout.
func (c *Client) Snapshot(ctx context.Context) error {
	if c == nil || c.pipeline == nil {
		return nil
	}
	return deliveryError(c.pipeline.Snapshot(given(ctx)))
}

// Shutdown is the package's [Shutdown] for c.
func (c *Client) Shutdown(ctx context.Context) error {
	if c == nil || c.pipeline == nil {
		return nil
	}
	if c.stopped.CompareAndSwap(false, true) {
		running.Add(-1)
		if c.leaks != nil {
			c.leaks.Close()
		}
	}
	return deliveryError(c.pipeline.Shutdown(given(ctx)))
}

// given returns ctx, or the background if it is nil: tracing never panics.
func given(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}
