// Package route creates the lanes to a client's destinations from its settings.
package route

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/keymask"
	"github.com/mutagent-io/mutagent-go/internal/mutagentapi"
	"github.com/mutagent-io/mutagent-go/internal/otlp"
	"github.com/mutagent-io/mutagent-go/internal/pipeline"
	"github.com/mutagent-io/mutagent-go/internal/sender"
	"github.com/mutagent-io/mutagent-go/internal/settings"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// Lanes returns the lanes to all destinations of a client. Requests are sent with the
// given HTTP client. If it is nil, each destination has its own.
func Lanes(s *settings.Settings, client *http.Client) (lanes []pipeline.Lane) {
	if s.Protocol != settings.ProtocolOTLP {
		lanes = append(lanes, lane(s, client, mutagentapi.New(mutagentapi.Options{
			Endpoint:     s.Endpoint,
			APIKey:       s.APIKey,
			Workspace:    s.Workspace,
			Organization: s.Organization,
			Source:       s.Source,
			Environment:  s.Environment,
			Resource:     s.Resource,
			MaxBytes:     s.MaxBatchBytes,
			Legacy:       s.Protocol == settings.ProtocolLegacy,
		}), sender.Connection{}))
	}
	if s.OTLP == nil {
		return lanes
	}
	to := func(e otlp.Endpoint) otlp.Options {
		return otlp.Options{
			URL:             e.URL,
			Headers:         e.Headers,
			JSON:            e.JSON,
			Gzip:            e.Gzip,
			MaxBytes:        s.MaxBatchBytes,
			Resource:        s.Resource,
			Environment:     s.Environment,
			Events:          s.Events,
			NoOpenInference: s.OTLP.NoOpenInference,
		}
	}
	lanes = append(lanes, lane(s, client, otlp.Traces(to(s.Backend.Traces)), connection(&s.Backend.Traces)))
	if s.Events == "log" || s.Events == "both" {
		lanes = append(lanes, lane(s, client, otlp.Logs(to(s.Backend.Logs)), connection(&s.Backend.Logs)))
	}
	return lanes
}

func connection(e *otlp.Endpoint) sender.Connection {
	return sender.Connection{
		Socket: e.Socket, Timeout: e.Timeout,
		Certificate: e.Certificate, ClientCertificate: e.ClientCertificate, ClientKey: e.ClientKey,
	}
}

// lane returns the lane to one destination.
func lane(s *settings.Settings, client *http.Client, dest destination.Destination, to sender.Connection) pipeline.Lane {
	return pipeline.Lane{
		Destination: dest,
		Client:      client,
		Connection:  to,
		Mask:        mask(dest),
		Spool:       newSpool(s, dest),
		Sync:        s.Spool != nil && s.Spool.Sync,
	}
}

// mask returns a function that hides the secrets in a destination's headers.
func mask(dest destination.Destination) func(string) string {
	var keys []keymask.Key
	for name, values := range dest.Header() {
		if name != "Content-Type" && name != "User-Agent" && len(values) > 0 && values[0] != "" {
			keys = append(keys, keymask.New(values[0]))
		}
	}
	return func(text string) string {
		for _, key := range keys {
			text = key.Mask(text)
		}
		return text
	}
}

// newSpool returns the spool of a destination, or nil if no directory is set.
func newSpool(s *settings.Settings, dest destination.Destination) *spool.Spool {
	if s.Spool == nil {
		return nil
	}
	// A process sends the segments of another process with its own key. The key must be
	// the same, or spans would go to another account. The encoding must be the same,
	// too.
	group := sha256.Sum256([]byte(strings.Join([]string{dest.Name(), dest.URL(), s.APIKey, s.Workspace, s.Organization}, "\x00")))
	return spool.New(spool.Options{
		Dir:      s.Spool.Dir,
		Group:    hex.EncodeToString(group[:6]),
		Preamble: dest.Preamble(),
		MaxBytes: int64(s.Spool.MaxBytes),
		// A segment is read back as a whole, most often for one request.
		SegmentBytes: int64(min(s.MaxBatchBytes/4*3, s.MaxQueueBytes/8)),
		MaxAge:       s.Spool.MaxAge,
		Sync:         s.Spool.Sync,
	})
}
