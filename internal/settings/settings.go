// Package settings combines the options and the environment of a client, validates them
// and fills in defaults. Package mutagent documents the fields, which have the same
// names there.
package settings

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/config"
	"github.com/mutagent-io/mutagent-go/internal/otlp"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// Settings are the options that the environment can set too, or that have a default.
type Settings struct {
	APIKey, Workspace, Organization  string
	Protocol, Endpoint               string
	OTLP                             *OTLP
	Events                           string
	Environment, Source, ServiceName string
	Resource                         []slog.Attr
	BatchSize                        int
	BatchInterval, LiveInterval      time.Duration
	MaxSpanBytes, MaxBatchBytes      int
	MaxQueueBytes                    int
	Sampling                         *Sampling
	Spool                            *Spool
	MetadataOnly                     bool
	ExitTimeout, SignalGrace         time.Duration

	Backend otlp.Environment // set by Complete: the OpenTelemetry backend
}

// These types have the fields of the types with the same names in package mutagent, so
// that they can be converted.
type (
	OTLP struct {
		Endpoint        string
		Headers         map[string]string
		JSON            bool
		Uncompressed    bool
		NoOpenInference bool
	}
	Spool struct {
		Dir      string
		AtEnd    bool
		Sync     bool
		MaxBytes int
		MaxAge   time.Duration
	}
	Sampling struct {
		Ratio      float64
		KeepErrors bool
	}
)

const (
	// ExitTimeout is how long Run and Exit try to deliver while the destinations accept
	// nothing.
	ExitTimeout = time.Second
	// SignalGrace is how long Run waits for its function after a signal.
	SignalGrace = 5 * time.Second
)

// The values of Options.Protocol.
const (
	ProtocolDefault = "mutagent"
	ProtocolLegacy  = "mutagent/0.1"
	ProtocolOTLP    = "otlp"
)

// Complete fills in defaults. It returns why tracing is off, or "" if it is on.
func (s *Settings) Complete() (why string, err error) {
	disabled, err := config.Bool("MUTAGENT_DISABLED")
	if err != nil {
		return "", err
	}
	if disabled {
		return "MUTAGENT_DISABLED is set", nil
	}
	s.Protocol = cmp.Or(s.Protocol, os.Getenv("MUTAGENT_PROTOCOL"), ProtocolDefault)
	s.APIKey = strings.TrimSpace(cmp.Or(s.APIKey, os.Getenv("MUTAGENT_API_KEY")))
	if s.APIKey == "" && s.Protocol != ProtocolOTLP {
		return "no API key; set Options.APIKey or MUTAGENT_API_KEY", nil
	}
	s.Workspace = cmp.Or(s.Workspace, os.Getenv("MUTAGENT_WORKSPACE_ID"))
	s.Organization = cmp.Or(s.Organization, os.Getenv("MUTAGENT_ORG_ID"))
	s.Events = cmp.Or(s.Events, "span")
	if err := errors.Join(
		config.Header("APIKey", "MUTAGENT_API_KEY", s.APIKey),
		config.Header("Workspace", "MUTAGENT_WORKSPACE_ID", s.Workspace),
		config.Header("Organization", "MUTAGENT_ORG_ID", s.Organization),
		config.Word("Protocol", s.Protocol, ProtocolDefault, ProtocolLegacy, ProtocolOTLP),
		config.Word("Events", s.Events, "span", "log", "both"),
	); err != nil {
		return "", err
	}
	if err := s.completeOTLP(); err != nil {
		return "", err
	}
	s.Endpoint = strings.TrimRight(cmp.Or(s.Endpoint, os.Getenv("MUTAGENT_ENDPOINT"), os.Getenv("MUTAGENT_SERVER_URL"), "https://api.mutagent.io"), "/")
	if err := config.Endpoint(s.Endpoint); err != nil {
		return "", err
	}
	metadataOnly, err := config.Bool("MUTAGENT_METADATA_ONLY")
	if err != nil {
		return "", err
	}
	s.MetadataOnly = s.MetadataOnly || metadataOnly
	if s.Sampling, err = s.Sampling.complete(); err != nil {
		return "", err
	}
	s.Environment = cmp.Or(s.Environment, os.Getenv("MUTAGENT_ENVIRONMENT"))
	s.Source = cmp.Or(s.Source, "sdk")
	s.Resource = config.Resource(s.ServiceName, s.Resource)
	return "", errors.Join(
		config.Positive("BatchSize", &s.BatchSize, 10),
		config.Positive("BatchInterval", &s.BatchInterval, 5*time.Second),
		config.Positive("LiveInterval", &s.LiveInterval, 0),
		config.Positive("ExitTimeout", &s.ExitTimeout, ExitTimeout),
		config.Positive("SignalGrace", &s.SignalGrace, SignalGrace),
		config.Positive("MaxSpanBytes", &s.MaxSpanBytes, 4<<20),
		config.AtMost("MaxSpanBytes", s.MaxSpanBytes, 1<<30),
		config.Positive("MaxBatchBytes", &s.MaxBatchBytes, 1<<20),
		config.Positive("MaxQueueBytes", &s.MaxQueueBytes, 64<<20),
		s.completeSpool(),
	)
}

// completeOTLP determines the OpenTelemetry backend, if there is one.
func (s *Settings) completeOTLP() (err error) {
	if s.OTLP == nil && s.Protocol != ProtocolOTLP {
		return nil
	}
	var backend OTLP
	if s.OTLP != nil {
		backend = *s.OTLP
	}
	s.OTLP = &backend
	if s.Protocol == ProtocolOTLP {
		backend.Endpoint = cmp.Or(backend.Endpoint, s.Endpoint, os.Getenv("MUTAGENT_ENDPOINT"))
		s.Endpoint = "" // it is the endpoint of the backend
	}
	if s.Backend, err = otlp.FromEnvironment(os.Getenv); err != nil {
		return err
	}
	for signal, e := range map[string]*otlp.Endpoint{"traces": &s.Backend.Traces, "logs": &s.Backend.Logs} {
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

func (s *Settings) completeSpool() error {
	dir := os.Getenv("MUTAGENT_SPOOL_DIR")
	if s.Spool == nil && dir == "" {
		return nil
	}
	var on Spool
	if s.Spool != nil {
		on = *s.Spool
	}
	s.Spool = &on
	if on.Dir = cmp.Or(on.Dir, dir); on.Dir == "" {
		return errors.New("option Spool has no Dir; set it, or MUTAGENT_SPOOL_DIR")
	}
	abs, err := filepath.Abs(on.Dir) // the program may change its directory later
	if err != nil {
		return fmt.Errorf("option Spool.Dir is %q, and the current directory is unknown (%w); set it to an absolute path", on.Dir, err)
	}
	on.Dir = abs
	return errors.Join(
		spool.Check(abs),
		config.Positive("Spool.MaxBytes", &on.MaxBytes, 1<<30),
		config.AtLeast("Spool.MaxBytes", on.MaxBytes, 1<<20),
		config.Positive("Spool.MaxAge", &on.MaxAge, 72*time.Hour),
	)
}

// complete returns s, or the settings of the environment if s is nil.
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
