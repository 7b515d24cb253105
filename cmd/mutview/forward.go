package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/forward"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/intake"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/terminal"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// forwardTraces sends stored traces, or new traces as they end, to another destination.
func forwardTraces(ctx context.Context, args []string) error {
	flags, c, _ := clientFlags("forward")
	query := filterFlags(flags)
	to := flags.String("to", "", "`URL` of an OTLP backend or of MutagenT, or the word mutagent; keys and headers are those of the environment")
	protocol := flags.String("protocol", "", "`protocol`: otlp or mutagent; by default mutagent for hosts of mutagent.io, and otlp")
	follow := flags.Bool("follow", false, "go on with traces as they end, until interrupted")
	ids, err := parseAny(flags, args)
	switch {
	case err != nil:
		return err
	case *to == "":
		return errors.New("forward wants --to URL")
	case len(ids) == 0 && len(query) == 0 && !*follow:
		return errors.New("forward wants the ids of traces, a filter such as --since 24h, or --follow")
	}
	f, err := forward.New(forward.Options{To: *to, Protocol: *protocol, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	r := relay{client: c, to: f, sent: map[string]map[string]bool{}}
	// A filter alone applies to new traces; with a time it also selects stored traces.
	if !*follow || len(ids) > 0 || query.Has("since") || query.Has("until") {
		err = r.stored(ctx, ids, query)
	}
	if err == nil && *follow {
		err = r.follow(ctx, query)
	}
	if *follow && ctx.Err() != nil {
		err = nil // cancellation is the normal end
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	delivered, lost := f.Close(within)
	fmt.Printf("%d spans of %d traces forwarded to %s\n", delivered, r.traces, *to)
	if r.open > 0 {
		fmt.Printf("%d spans had not ended and were left out\n", r.open)
	}
	return cmp.Or(err, lost)
}

// A relay connects the source of traces with their destination.
type relay struct {
	client *client
	to     *forward.Forwarder
	sent   map[string]map[string]bool // sent spans by trace
	traces int
	open   int // number of spans that had not ended
}

// stored forwards the traces with the ids, and those that match the query.
func (r *relay) stored(ctx context.Context, ids []string, query url.Values) error {
	for _, id := range ids {
		if err := r.trace(ctx, id); err != nil {
			return err
		}
	}
	for cursor := ""; len(query) > 0; {
		page, err := r.list(ctx, query, url.Values{"limit": {"500"}, "cursor": {cursor}})
		if err != nil {
			return err
		}
		for _, t := range page.Traces {
			if err := r.trace(ctx, t.TraceID); err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	return r.to.Flush(ctx)
}

type page struct {
	Traces []summary
	Next   string
}

func (r *relay) list(ctx context.Context, filter, more url.Values) (p page, err error) {
	return p, r.client.get(ctx, "/api/view/traces?"+filter.Encode()+"&"+more.Encode(), &p)
}

// follow forwards traces that end from now on, if they match the filter. Undeliverable
// spans stay in memory and are retried.
func (r *relay) follow(ctx context.Context, filter url.Values) error {
	return r.client.live(ctx, func(id string) error {
		p, err := r.list(ctx, filter, url.Values{"trace": {id}})
		if err != nil || len(p.Traces) == 0 || p.Traces[0].End == 0 {
			return err
		}
		err = r.trace(ctx, id)
		if waits := new(mutagent.DeliveryError); errors.As(err, &waits) {
			return nil // the SDK has logged it
		}
		return err
	})
}

// trace forwards the spans of a trace that have not been forwarded yet.
func (r *relay) trace(ctx context.Context, id string) error {
	spans, err := r.spans(ctx, id)
	if err != nil {
		return err
	}
	if len(r.sent) > 10_000 {
		clear(r.sent)
	}
	before := r.sent[id]
	if before == nil {
		before = map[string]bool{}
		r.sent[id] = before
		r.traces++
	}
	var fresh []*trace.Span
	for _, s := range spans {
		if !before[s.SpanID] {
			fresh = append(fresh, s)
		}
	}
	n, err := r.to.Send(ctx, fresh)
	r.open += len(fresh) - n
	for _, s := range fresh {
		before[s.SpanID] = s.End != 0
	}
	return err
}

// spans reads a trace in a form that can be imported.
func (r *relay) spans(ctx context.Context, id string) ([]*trace.Span, error) {
	answer, err := r.client.do(ctx, http.MethodGet, "/api/view/traces/"+url.PathEscape(id)+"/export?format=otlp")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	b, err := intake.OTLPTraces(body, intake.JSON)
	if err == nil && b.Rejected > 0 {
		err = fmt.Errorf("trace %s: %s", terminal.Clean(id), b.Note)
	}
	return b.Spans, err
}
