package mutprice

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// Enable starts recording the cost of every traced model call. It reads no prices
// itself: a provider's prices are parsed after its first call.
func Enable() { price.Answer(answer) }

// answer returns the cost of a call.
func answer(c *price.Call) price.Cost {
	if c.Usage.Told {
		return price.Cost{USD: c.Usage.CostUSD, Known: true, Attrs: []slog.Attr{slog.String("mutagent.cost.source", "provider")}}
	}
	q, err := quoteOf(c)
	if err != nil {
		return price.Cost{Attrs: []slog.Attr{slog.String("mutagent.cost.unknown", err.Error())}}
	}
	return price.Cost{USD: q.usd, Known: true, Attrs: q.attrs()}
}

// A quote is a computed cost and its source.
type quote struct {
	bill
	source, version string
	entry           string
	since           time.Time
}

func quoteOf(c *price.Call) (quote, error) {
	seller := sellerOf(c)
	if r, entry := own(seller, c); r != nil {
		if err := refuse(&c.Usage, &holding{rates: *r}); err != nil {
			return quote{}, fmt.Errorf("the program's own price: %w", err)
		}
		b, err := r.sum(counts(&c.Usage))
		return quote{bill: b, source: "own", entry: entry}, err
	}
	switch {
	case c.Usage.Elsewhere:
		return quote{}, errors.New("it was paid to another provider, and the answer does not say what")
	case seller == "" && c.Host == "":
		return quote{}, fmt.Errorf("the host is not known, and others sell models by the protocol of %q, too", c.Provider)
	case seller == "":
		return quote{}, fmt.Errorf("no prices of the host %s", c.Host)
	}
	return current().quote(seller, c)
}

func (t *table) quote(seller string, c *price.Call) (quote, error) {
	e, err := t.entryOf(seller, c)
	if err != nil {
		return quote{}, err
	}
	if seller == "google" && regional(e.ID, c.Host) {
		return quote{}, fmt.Errorf("%s: the price is that of the global endpoint, and %s asks more", e, c.Host)
	}
	h := e.at(&c.Usage, c.Time.UTC())
	if h.none() && !e.free() {
		return quote{}, fmt.Errorf("%s has no price in the table", e)
	}
	if err := refuse(&c.Usage, &h); err != nil {
		return quote{}, fmt.Errorf("%s: %w", e, err)
	}
	b, err := h.sum(counts(&c.Usage))
	if err != nil {
		return quote{}, fmt.Errorf("%s: %w", e, err)
	}
	return quote{b, t.source, t.version, e.String(), h.since}, nil
}

// regional reports whether Google asks more than the table says: for Claude, from 4.5
// on, everywhere but at its global endpoint.
func regional(model, host string) bool {
	return host != "aiplatform.googleapis.com" && strings.HasPrefix(model, "claude-") &&
		!strings.HasPrefix(model, "claude-3-") && !strings.HasPrefix(model, "claude-4-")
}

// attrs returns the attributes that describe the source of the cost.
func (q *quote) attrs() []slog.Attr {
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs, slog.String("mutagent.cost.source", q.source), slog.Bool("mutagent.cost.computed", true))
	if q.version != "" {
		attrs = append(attrs, slog.String("mutagent.cost.version", q.version))
	}
	attrs = append(attrs, slog.String("mutagent.cost.entry", q.entry))
	if !q.since.IsZero() {
		attrs = append(attrs, slog.String("mutagent.cost.since", q.since.Format(time.DateOnly)))
	}
	for i, used := range q.used {
		if used {
			attrs = append(attrs, slog.Float64(units[i].attribute, q.rates[i]))
		}
	}
	return attrs
}
