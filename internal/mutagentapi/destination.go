// Package mutagentapi is the destination for MutagenT's own API. Only this package
// knows the keys of a request; docs/wire.md describes them. The body is valid under
// both published generations of the API, 0.1 and 0.5.
package mutagentapi

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/jsontext"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// Options configure the service and what all traces have in common.
type Options struct {
	Endpoint     string // base URL, without a slash at its end
	APIKey       string
	Workspace    string // "" if the key implies it
	Organization string // "" if the key implies it
	Source       string
	Environment  string
	Resource     []slog.Attr // frozen
	MaxBytes     int         // limit of the spans in one request
	// Legacy sends the same keys as mutagent.tracing 0.1.2.
	Legacy bool
}

// A service is a MutagenT server as a destination.
type service struct {
	url      string
	header   http.Header
	limits   destination.Limits
	preamble []byte
	legacy   bool
}

// New returns the destination configured by opts.
func New(opts Options) destination.Destination {
	header := http.Header{
		"X-Api-Key":    {opts.APIKey},
		"Content-Type": {"application/json"},
	}
	if opts.Workspace != "" {
		header.Set("x-workspace-id", opts.Workspace)
	}
	if opts.Organization != "" {
		header.Set("x-organization-id", opts.Organization)
	}
	return &service{
		url:      opts.Endpoint + "/api/traces/batch",
		header:   header,
		limits:   destination.Limits{Bytes: opts.MaxBytes, Traces: maxTraces},
		preamble: preamble(&opts),
		legacy:   opts.Legacy,
	}
}

// maxTraces is the limit of both generations of the API for one request.
const maxTraces = 100

func (s *service) Name() string {
	if s.legacy {
		return "mutagent-0.1"
	}
	return "mutagent"
}

func (s *service) URL() string                { return s.url }
func (s *service) Header() http.Header        { return s.header }
func (s *service) Limits() destination.Limits { return s.limits }
func (s *service) Preamble() []byte           { return s.preamble }

// preamble returns the trace members that are the same for every trace of this process:
// first the typed ones, then those of "metadata".
func preamble(opts *Options) []byte {
	typed, metadata := []byte{}, []byte("{")
	if slices.Contains(sources, opts.Source) {
		typed = jsontext.AppendString(append(typed, `,"source":`...), opts.Source)
	} else {
		typed = append(typed, `,"source":"sdk"`...)
		metadata = jsontext.AppendString(appendKey(metadata, "mutagent.source"), opts.Source)
	}
	if slices.Contains(environments, opts.Environment) {
		typed = jsontext.AppendString(append(typed, `,"environment":`...), opts.Environment)
	}
	if opts.Environment != "" {
		metadata = jsontext.AppendString(appendKey(metadata, "deployment.environment.name"), opts.Environment)
	}
	if opts.Legacy {
		return appendPart(appendPart(nil, typed), nil)
	}
	var clock jsontext.Clock
	metadata = append(metadata, sdkMembers(metadata)...)
	metadata = clock.AppendMembers(metadata, opts.Resource)
	return appendPart(appendPart(nil, typed), metadata[1:])
}

// The values that API 0.1 accepts. Any other value is sent in the metadata.
var (
	sources      = []string{"sdk", "langchain", "langgraph", "vercel-ai", "openai", "otel", "manual"}
	environments = []string{"production", "staging", "development"}
)

func sdkMembers(before []byte) []byte {
	members := []byte{}
	if len(before) > 1 {
		members = append(members, ',')
	}
	return append(members, `"telemetry.sdk.name":"`+record.SDKName+`","telemetry.sdk.language":"go","telemetry.sdk.version":"`+record.SDKVersion+`"`...)
}
