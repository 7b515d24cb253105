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

// Options configure a [Client]. Nil Options, and the zero value of each field, select
// the default. A field that is set overrides the environment variable that it
// documents. MUTAGENT_DISABLED=true turns tracing off regardless of the options.
type Options struct {
	// APIKey is the MutagenT key. The default is $MUTAGENT_API_KEY. Without a key tracing
	// is off, which is not an error.
	APIKey string
	// Workspace and Organization select where traces are stored, for keys that do not
	// imply it. The defaults are $MUTAGENT_WORKSPACE_ID and $MUTAGENT_ORG_ID.
	Workspace    string
	Organization string
	// Protocol selects the destination and the wire format. The default is
	// $MUTAGENT_PROTOCOL, then "mutagent".
	//
	// "mutagent" sends requests that are valid under every published version of the
	// MutagenT API. "mutagent/0.1" sends the same keys as the Python module
	// mutagent.tracing 0.1.2, see docs/wire.md. "otlp" sends to an OpenTelemetry backend
	// instead, over OTLP/HTTP, and needs no key, see docs/otlp.md.
	Protocol string
	// OTLP configures an OpenTelemetry backend. Unless Protocol is "otlp", the backend is
	// an additional destination, with its own retries and loss counts.
	OTLP *OTLP
	// Events selects how log records and other events are sent to an OpenTelemetry
	// backend: "span" (default) as span events, "log" as OTLP log records, "both" as both.
	Events string
	// Endpoint is the base URL of the service: https, or http to a loopback host. The
	// default is $MUTAGENT_ENDPOINT, then $MUTAGENT_SERVER_URL, then
	// https://api.mutagent.io. With the Protocol "otlp" it stands for [OTLP].Endpoint.
	Endpoint string
	// Environment is "production", "staging", "development" or another name, sent with
	// every trace. The default is $MUTAGENT_ENVIRONMENT.
	Environment string
	// Source is the source field of every trace. The default is "sdk".
	Source string
	// ServiceName is the resource attribute service.name. The default is
	// $OTEL_SERVICE_NAME, then service.name of $OTEL_RESOURCE_ATTRIBUTES, then the name of
	// the executable.
	ServiceName string
	// Resource is a list of further resource attributes, in addition to those of
	// $OTEL_RESOURCE_ATTRIBUTES and to host.name.
	Resource []slog.Attr

	// BatchSize is the number of ended spans that triggers a request. The default is 10.
	// Under load requests carry more, up to MaxBatchBytes.
	BatchSize int
	// BatchInterval is the longest time that a span waits for a batch to fill. The default
	// is 5 s. The end of a root span shortens it to 100 ms.
	BatchInterval time.Duration

	// LiveInterval makes long spans visible before they end. A span that has been open for
	// LiveInterval is sent with [StatusUnset] and its events so far, and again after each
	// interval in which it changed. Its end completes it. The default, 0, sends no open
	// spans.
	LiveInterval time.Duration

	// Parent returns the W3C traceparent of another tracer's span in ctx, or "". A span
	// without a parent from this SDK becomes a child of that span, as if [Extract] had
	// found it in headers. If both tracers have a span in ctx, the inner one is the
	// parent. Package mutotel has such a function for OpenTelemetry.
	Parent func(ctx context.Context) (traceparent string)

	// Sampling limits which traces are delivered. Nil delivers all, unless
	// $MUTAGENT_SAMPLE_RATIO sets a ratio.
	Sampling *Sampling

	// Redactors are applied in order to every text before it leaves the process: names,
	// inputs, outputs, attributes, events, errors, users and tags. If one panics, only the
	// span's ids, times, status and numbers are sent. Package mutredact has redactors for
	// common secrets and personal data.
	Redactors []Redactor
	// MetadataOnly sends no content. Of a span, only the name, kind, times, status,
	// metrics, session, user, tags and non-text attributes are sent; of an event, the
	// time, the source position and the level. MUTAGENT_METADATA_ONLY=true and
	// [WithMetadataOnly] also enable it.
	MetadataOnly bool

	// MaxSpanBytes limits the payload of one span: input, output, attributes and events.
	// Texts are cut to fit, and the span is marked truncated. The default is 4 MiB, the
	// maximum 1 GiB.
	MaxSpanBytes int
	// MaxBatchBytes limits the spans of one request. A larger span is sent alone. The
	// default is 1 MiB, which common proxies accept.
	MaxBatchBytes int
	// MaxQueueBytes limits the memory for undelivered spans. When it runs short, payloads
	// are dropped first, oldest first. Whole spans are dropped only when nothing but ids,
	// names, times and metrics is left. The default is 64 MiB.
	MaxQueueBytes int

	// Spool keeps spans on disk until they are delivered. Nil keeps them in memory only,
	// unless $MUTAGENT_SPOOL_DIR names a directory.
	Spool *Spool

	// ExitTimeout is how long [Run] and [Exit] delay the end of the process while nothing
	// can be delivered. The default is 1 s. While spans are being delivered, they wait up
	// to 5 s.
	ExitTimeout time.Duration
	// SignalGrace is how long [Run] waits for its function to return after the first
	// signal. The default is 5 s.
	SignalGrace time.Duration

	// HTTPClient sends the requests. The default is a client with its own connections.
	// Redirects are never followed.
	HTTPClient *http.Client
	// Logger reports why spans are not delivered, and when delivery works again. Each
	// cause is reported at most once in 10 minutes. Package mutllm also reports, once per
	// host, how to make a stream include its token usage. The default writes one line per
	// report to standard error; slog.New(slog.DiscardHandler) silences it. The logger is
	// called from a goroutine of its own.
	Logger *slog.Logger
	// FindLeaks reports, to Logger at [slog.LevelError], spans that the program never ends
	// or uses after their end, once per problem and place in the program. It costs about a
	// microsecond per span.
	FindLeaks bool
	// Debug prints a line to standard output for each start and end of a span, for each
	// request, and for what FindLeaks finds. MUTAGENT_DEBUG=true does the same on standard
	// error.
	Debug bool
}

// Format prints the options without secrets: the API key and the values of headers are
// hidden.
func (o Options) Format(f fmt.State, verb rune) {
	type plain Options // has no Format method
	if o.APIKey != "" {
		o.APIKey = hidden
	}
	o.OTLP = o.OTLP.withoutSecrets()
	fmt.Fprintf(f, fmt.FormatString(f, verb), plain(o))
}

// hidden replaces secrets.
const hidden = "[hidden]"

// An OTLP configures an OpenTelemetry backend that accepts OTLP/HTTP.
type OTLP struct {
	// Endpoint is the base URL, to which /v1/traces and /v1/logs are appended.
	// unix:///path is a Unix domain socket. The default comes from OpenTelemetry's
	// environment variables, such as $OTEL_EXPORTER_OTLP_ENDPOINT, then
	// http://localhost:4318.
	Endpoint string
	// Headers are sent with each request, in addition to those of the environment
	// variables.
	Headers map[string]string
	// JSON selects JSON instead of protobuf.
	JSON bool
	// Uncompressed turns gzip compression off.
	Uncompressed bool
	// NoOpenInference omits the attributes of the OpenInference convention, which viewers
	// such as Phoenix and MLflow read.
	NoOpenInference bool
}

// Format prints the backend without the values of headers.
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

// A Spool is a directory that keeps spans until they are delivered, by this process or
// a later one, see docs/spool.md.
type Spool struct {
	// Dir is created if needed. Several processes may share it. It must be on a local file
	// system. The default is $MUTAGENT_SPOOL_DIR.
	Dir string
	// AtEnd writes each span when it ends, before End returns. Each end then costs a
	// system call, and a killed process loses no ended span. Otherwise spans are written
	// in the background, a few milliseconds after their end: ending a span costs nothing
	// more, and a killed process loses the spans of the last milliseconds.
	AtEnd bool
	// Sync calls fsync in the background, soon after each write. Without it, spans survive
	// the process, but not a power cut.
	Sync bool
	// MaxBytes limits the size of the directory, for all processes together. The oldest
	// spans are dropped first. The default is 1 GiB, the minimum 1 MiB.
	MaxBytes int
	// MaxAge is how long spans are kept. The default is 72 h.
	MaxAge time.Duration
}

// Sampling selects the traces that are delivered. The decision is made once per trace,
// when its first span starts. It depends on the trace ID alone, so that services with
// the same ratio agree. A trace that began in another process keeps the decision made
// there, see [Extract].
type Sampling struct {
	// Ratio is the fraction of traces that is delivered, from 0 to 1.
	Ratio float64
	// KeepErrors also delivers unsampled traces whose first span in this process ends with
	// [StatusError]. Until then their spans are held in additional memory of at most a
	// quarter of MaxQueueBytes. If that is not enough, the oldest traces are dropped.
	// Other processes are not told.
	KeepErrors bool
}

// A Redactor returns text without what must not leave the process, and the number of
// places it masked. key is the name of the attribute or the JSON member, or "". Numbers
// of twelve or more digits are passed as text. It must be safe for concurrent use. It
// runs in the background, except with [Spool].AtEnd, where the end of a span waits for
// it, and with Options.Debug.
type Redactor func(key, text string) (redacted string, masked int)

// settings returns the options as Settings, which validate them and fill in defaults.
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
// through the functions of this package, see [Init]. A nil *Client, and a Client after
// Shutdown, records nothing. All methods are safe for concurrent use.
type Client struct {
	pipeline   *pipeline.Pipeline // nil if tracing is off
	maxSpan    int
	parent     func(context.Context) string // nil unless Options.Parent
	ratio      float64                      // sample ratio
	keeper     *sample.Keeper               // holds unsampled traces; nil unless KeepErrors
	leftOut    atomic.Int64                 // unsampled traces, without a keeper
	debug      *debug.Log                   // nil unless Options.Debug
	leaks      *leak.Detector               // nil unless Options.FindLeaks or Debug
	lateWrites atomic.Int64                 // calls on ended spans
	stopped    atomic.Bool                  // no longer counted in running
	troubles   *trouble.Log                 // nil if tracing is off
	redactor   *redact.Redactor             // nil if tracing is off

	exitTimeout, signalGrace time.Duration // see Options
}

// off is a client that records nothing.
var off = new(Client)

// running counts the running clients, plus one until defaultClient has read the
// environment. While it is 0, Start returns immediately.
var running atomic.Int64

func init() {
	running.Store(1)
	trouble.Of = troublesOf
}

// troublesOf returns the trouble log of the client in ctx.
func troublesOf(ctx context.Context) *trouble.Log {
	if c := ClientFromContext(ctx); c != nil {
		return c.troubles
	}
	return nil
}

// New returns a running client, which the caller must shut down. If tracing is off,
// because there is no key or $MUTAGENT_DISABLED is set, the client records nothing.
// Errors name the invalid option or variable, and say how to correct it.
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

// debugLog returns the debug log, or nil if it is off. MUTAGENT_DEBUG writes to
// standard error, because standard output may carry a protocol.
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

// start creates the parts of a client. s are the completed options.
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

// trouble returns the log for delivery problems.
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

// tell reports a leak to the debug output, or else to the logger.
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

// addLate sends an event of an ended span, with the span's outline for context.
func (c *Client) addLate(s *Span, e record.Event, attrs []slog.Attr, size int) {
	switch {
	case s.item.Deferred():
		return // not sampled, or not decided yet
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

// std holds the default client, which is nil until it is first needed.
var std struct {
	client atomic.Pointer[Client]
	mu     sync.Mutex // serialises Init, Shutdown and reading the environment
	looked bool       // the environment was read, or no longer matters
	err    error      // from reading the environment
}

// Init creates the default client, which the functions of this package use. Call it
// before the first span; otherwise the first span creates the default client from the
// environment. It returns an error if opts are invalid, see [New], or if the default
// client is already running.
func Init(opts *Options) error {
	first, err := beginInit()
	if err != nil {
		return err
	}
	c, err := New(opts) // not under the lock: it calls the Redactors
	if err = endInit(c, err, first); err == errRunning {
		_ = c.Shutdown(context.Background())
	}
	return err
}

// beginInit returns an error if a client is running. Until endInit, no span creates a
// default client from the environment. first says that one could have before.
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

// endInit makes c the default client, unless New failed or another Init was faster.
func endInit(c *Client, err error, first bool) error {
	std.mu.Lock()
	defer std.mu.Unlock()
	switch running := std.client.Load().enabled(); {
	case err == nil && running:
		return errRunning
	case err == nil:
		std.client.Store(c)
		std.err = nil
		forgetEnvironment() // which an Init that failed meanwhile may have remembered
	case first && !running:
		rememberEnvironment()
	}
	return err
}

var errRunning = errors.New("mutagent: Init: the default client is running already, made by an earlier Init or, from the environment, by an earlier span; call Init first, or Shutdown before it")

// forgetEnvironment marks the environment as read, so that no later span creates a
// default client from it. The caller holds std.mu.
func forgetEnvironment() {
	if !std.looked {
		std.looked = true
		running.Add(-1)
	}
}

// rememberEnvironment undoes forgetEnvironment. The caller holds std.mu.
func rememberEnvironment() {
	std.looked = false
	running.Add(1)
}

// defaultClient returns the default client. It tries once to create it from the
// environment.
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

// Stats returns the statistics of the client so far.
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

// Flush is like the package's [Flush], for c.
func (c *Client) Flush(ctx context.Context) error {
	if c == nil || c.pipeline == nil {
		return nil
	}
	return deliveryError(c.pipeline.Flush(given(ctx)))
}

// Snapshot is like [Client.Flush], but also sends open spans as they are, with
// [StatusUnset]. Their end completes them later. Use it in a process that is about to
// be killed in the middle of its work, such as a Lambda function that reaches its
// timeout.
func (c *Client) Snapshot(ctx context.Context) error {
	if c == nil || c.pipeline == nil {
		return nil
	}
	return deliveryError(c.pipeline.Snapshot(given(ctx)))
}

// Shutdown is like the package's [Shutdown], for c.
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
