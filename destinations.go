package mutagent

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/keymask"
	"github.com/mutagent-io/mutagent-go/internal/mutagentapi"
	"github.com/mutagent-io/mutagent-go/internal/otlp"
	"github.com/mutagent-io/mutagent-go/internal/pipeline"
	"github.com/mutagent-io/mutagent-go/internal/sender"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// lanes describes the ways to all destinations.
func (o *Options) lanes(resource []slog.Attr) (lanes []pipeline.Lane) {
	if o.Protocol != protocolOTLP {
		lanes = append(lanes, o.lane(mutagentapi.New(mutagentapi.Options{
			Endpoint:     o.Endpoint,
			APIKey:       o.APIKey,
			Workspace:    o.Workspace,
			Organization: o.Organization,
			Source:       o.Source,
			Environment:  o.Environment,
			Resource:     resource,
			MaxBytes:     o.MaxBatchBytes,
			Legacy:       o.Protocol == protocolLegacy,
		}), sender.Connection{}))
	}
	if o.OTLP == nil {
		return lanes
	}
	to := func(e otlp.Endpoint) otlp.Options {
		return otlp.Options{
			URL:             e.URL,
			Headers:         e.Headers,
			JSON:            e.JSON,
			Gzip:            e.Gzip,
			MaxBytes:        o.MaxBatchBytes,
			Resource:        resource,
			Environment:     o.Environment,
			Events:          o.Events,
			NoOpenInference: o.OTLP.NoOpenInference,
		}
	}
	lanes = append(lanes, o.lane(otlp.Traces(to(o.backend.Traces)), connection(&o.backend.Traces)))
	if o.Events == "log" || o.Events == "both" {
		lanes = append(lanes, o.lane(otlp.Logs(to(o.backend.Logs)), connection(&o.backend.Logs)))
	}
	return lanes
}

func connection(e *otlp.Endpoint) sender.Connection {
	return sender.Connection{
		Socket: e.Socket, Timeout: e.Timeout,
		Certificate: e.Certificate, ClientCertificate: e.ClientCertificate, ClientKey: e.ClientKey,
	}
}

// lane describes the way to one destination.
func (o *Options) lane(dest destination.Destination, to sender.Connection) pipeline.Lane {
	return pipeline.Lane{
		Destination: dest,
		Client:      o.HTTPClient,
		Connection:  to,
		Mask:        mask(dest),
		Spool:       o.spool(dest),
		Sync:        o.Spool != nil && o.Spool.Sync,
	}
}

// mask returns what hides the secrets that a destination's headers carry.
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

// spool returns the spool of a destination, nil without a directory.
func (o *Options) spool(dest destination.Destination) *spool.Spool {
	if o.Spool == nil {
		return nil
	}
	// What one process leaves, another sends with its own key: it must be the same,
	// or spans would end up with somebody else. And it must be the same encoding.
	group := sha256.Sum256([]byte(strings.Join([]string{dest.Name(), dest.URL(), o.APIKey, o.Workspace, o.Organization}, "\x00")))
	return spool.New(spool.Options{
		Dir:      o.Spool.Dir,
		Group:    hex.EncodeToString(group[:6]),
		Preamble: dest.Preamble(),
		MaxBytes: int64(o.Spool.MaxBytes),
		// A segment is read back as a whole, most often for one request.
		SegmentBytes: int64(min(o.MaxBatchBytes/4*3, o.MaxQueueBytes/8)),
		MaxAge:       o.Spool.MaxAge,
		Sync:         o.Spool.Sync,
	})
}
