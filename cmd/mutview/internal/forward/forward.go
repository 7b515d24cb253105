// Package forward sends spans that are stored to another place, with the
// delivery of this SDK: its batches, attempts and limits.
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

// Options say where spans go.
type Options struct {
	To       string // URL of an OTLP backend or of MutagenT, or the word "mutagent"
	Protocol string // that of mutagent.Options; empty goes by To
	Logger   *slog.Logger
}

// The protocols of mutagent.Options that spans can go by.
const (
	protocolMutagent = "mutagent"
	protocolOTLP     = "otlp"
)

// A Forwarder sends spans. A client of this SDK speaks for one process, so there
// is one for each process that the spans are from.
type Forwarder struct {
	base    mutagent.Options
	clients map[string]*mutagent.Client
	order   []string // of clients, the one that was made first in front
	pending int      // bytes since the last flush
	sent    int64
	done    int64 // delivered by clients that are shut down
}

// New returns a Forwarder, which must be closed. Keys and headers are those of
// the environment: MUTAGENT_API_KEY, OTEL_EXPORTER_OTLP_HEADERS.
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
	_, err := f.client(nil, "") // tells what is wrong with the options
	return f, err
}

// maxSpan is more than any span that the viewer takes.
const maxSpan = 1 << 30

// protocolOf goes by the host: whatever is not MutagenT's own speaks OTLP.
func protocolOf(to string) string {
	u, err := url.Parse(to)
	if err == nil && (u.Hostname() == "mutagent.io" || strings.HasSuffix(u.Hostname(), ".mutagent.io")) {
		return protocolMutagent
	}
	return protocolOTLP
}

// maxClients bounds how many processes are spoken for at a time.
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

// resourceOf leaves out what each client says of itself.
func resourceOf(resource trace.Attrs) []slog.Attr {
	list := []slog.Attr{}
	for _, key := range slices.Sorted(maps.Keys(resource)) {
		if !strings.HasPrefix(key, "telemetry.sdk.") {
			list = append(list, slog.Any(key, resource[key]))
		}
	}
	return list
}

// serviceOf names the process. A name must be given, or it would be that of this
// program.
func serviceOf(resource trace.Attrs) string {
	name, _ := resource["service.name"].(string)
	return cmp.Or(name, "unknown_service") // OpenTelemetry's word
}

// pendingMax is how much is handed over before it has to be delivered.
const pendingMax = 16 << 20

// Send hands over the spans that have ended, and reports how many those are. When
// many wait it delivers; if that fails it returns the error, and they wait on.
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

// Flush returns when everything that was handed over is delivered, or cannot be.
func (f *Forwarder) Flush(ctx context.Context) error {
	f.pending = 0
	return f.each(func(c *mutagent.Client) error { return c.Flush(ctx) })
}

// each calls do for all clients at once.
func (f *Forwarder) each(do func(*mutagent.Client) error) error {
	var all sync.WaitGroup
	errs := make([]error, len(f.order))
	for i, key := range f.order {
		all.Go(func() { errs[i] = do(f.clients[key]) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// Close delivers what is left. Delivered counts what the receiver has taken in
// all: an error is returned if that is not everything.
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
