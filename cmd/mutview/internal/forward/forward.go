// Package forward sends stored spans to another destination, with the delivery of this
// SDK: its batches, retries and limits.
package forward

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/genai"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// Options select the destination.
type Options struct {
	To       string // URL of an OTLP backend or of MutagenT, or the word "mutagent"
	Protocol string // as in mutagent.Options; if empty, derived from To
	Logger   *slog.Logger
}

// These are the values of mutagent.Options.Protocol that can be used.
const (
	protocolMutagent = "mutagent"
	protocolOTLP     = "otlp"
)

// A Forwarder sends spans. A client of this SDK represents one process, so there is one
// client for each process of the spans.
type Forwarder struct {
	base    mutagent.Options
	clients map[string]*mutagent.Client
	order   []string // keys of clients, the oldest first
	pending int      // bytes since the last flush
	sent    int64
	done    int64 // delivered by clients that have been shut down
}

// New returns a Forwarder, which must be closed. Keys and headers come from the
// environment: MUTAGENT_API_KEY, OTEL_EXPORTER_OTLP_HEADERS.
func New(o Options) (*Forwarder, error) {
	to, protocol := o.To, o.Protocol
	if to == protocolMutagent {
		to, protocol = "", protocolMutagent
	}
	if protocol == "" {
		protocol = protocolOf(to)
	}
	base := mutagent.Options{
		Protocol: protocol, Endpoint: to, Logger: o.Logger, BatchSize: 500, MaxSpanBytes: maxSpan,
		Sampling: &mutagent.Sampling{Ratio: 1},
	}
	switch {
	case protocol != protocolMutagent && protocol != protocolOTLP:
		return nil, fmt.Errorf("protocol %q is neither %s nor %s", protocol, protocolMutagent, protocolOTLP)
	case protocol == protocolMutagent && os.Getenv("MUTAGENT_API_KEY") == "":
		return nil, errors.New("MutagenT wants a key: set MUTAGENT_API_KEY")
	}
	f := &Forwarder{base: base, clients: map[string]*mutagent.Client{}}
	_, err := f.client(nil, "") // validates the options
	return f, err
}

// maxSpan is larger than any span that the viewer accepts.
const maxSpan = 1 << 30

// protocolOf selects the protocol by host: every host other than MutagenT's uses OTLP.
func protocolOf(to string) string {
	u, err := url.Parse(to)
	if err == nil && (u.Hostname() == "mutagent.io" || strings.HasSuffix(u.Hostname(), ".mutagent.io")) {
		return protocolMutagent
	}
	return protocolOTLP
}

// maxClients limits the number of processes that have a client at a time.
const maxClients = 16

// client returns the one that speaks for a process. An error next to it tells what one
// that had to make room could not deliver.
func (f *Forwarder) client(resource trace.Attrs, environment string) (*mutagent.Client, error) {
	text, err := json.Marshal([]any{resource, environment})
	if err != nil {
		return nil, err
	}
	key := string(text)
	if c := f.clients[key]; c != nil {
		return c, nil
	}
	var lost error
	if len(f.order) >= maxClients {
		oldest := f.order[0]
		lost = f.end(context.Background(), f.clients[oldest])
		delete(f.clients, oldest)
		f.order = f.order[1:]
	}
	o := f.base
	o.Environment, o.Resource, o.ServiceName = environment, resourceOf(resource), serviceOf(resource)
	c, err := mutagent.New(&o)
	if err != nil {
		return nil, err
	}
	f.clients[key], f.order = c, append(f.order, key)
	return c, lost
}

// resourceOf returns the resource without the attributes that each client sets itself.
func resourceOf(resource trace.Attrs) []slog.Attr {
	list := []slog.Attr{}
	for _, key := range slices.Sorted(maps.Keys(resource)) {
		if !strings.HasPrefix(key, "telemetry.sdk.") {
			list = append(list, slog.Any(key, resource[key]))
		}
	}
	return list
}

// serviceOf returns the service name of the process. It must be set, because the
// default is the name of this program.
func serviceOf(resource trace.Attrs) string {
	name, _ := resource["service.name"].(string)
	return cmp.Or(name, "unknown_service") // OpenTelemetry's default
}

// pendingMax is the number of bytes after which queued spans must be delivered.
const pendingMax = 16 << 20

// Send queues the spans that have ended, and returns their number. If many are queued
// it delivers them. If the delivery fails it returns the error, and the spans stay
// queued.
func (f *Forwarder) Send(ctx context.Context, spans []*trace.Span) (n int, failed error) {
	for _, s := range spans {
		if s.End == 0 {
			continue
		}
		s.Facts = genai.Facts(s)
		c, err := f.client(s.Resource, s.Facts.Environment)
		if c == nil {
			return n, err
		}
		failed = cmp.Or(err, failed)
		f.pending += record(c, s, f.base.Protocol == protocolOTLP)
		f.sent++
		n++
		if f.pending > pendingMax {
			failed = cmp.Or(f.Flush(ctx), failed)
		}
	}
	return n, failed
}

// Flush returns when all queued spans are delivered, or the delivery has failed.
func (f *Forwarder) Flush(ctx context.Context) error {
	f.pending = 0
	return f.each(func(c *mutagent.Client) error { return c.Flush(ctx) })
}

// each calls do for all clients concurrently.
func (f *Forwarder) each(do func(*mutagent.Client) error) error {
	var all sync.WaitGroup
	errs := make([]error, len(f.order))
	for i, key := range f.order {
		all.Go(func() { errs[i] = do(f.clients[key]) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// Close delivers the remaining spans. delivered is the total number that the receiver
// has accepted. It returns an error if not all spans were accepted.
func (f *Forwarder) Close(ctx context.Context) (delivered int64, err error) {
	for _, key := range f.order {
		err = cmp.Or(f.end(ctx, f.clients[key]), err)
	}
	f.clients, f.order = nil, nil
	if err == nil && f.done < f.sent {
		err = fmt.Errorf("only %d of %d spans were taken: is MUTAGENT_DISABLED set?", f.done, f.sent)
	}
	return f.done, err
}

func (f *Forwarder) end(ctx context.Context, c *mutagent.Client) error {
	err := c.Shutdown(ctx)
	f.done += c.Stats().Delivered
	return err
}
