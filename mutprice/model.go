package mutprice

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// A model is an entry of the table.
type model struct {
	ID       string    `json:"id"`
	Match    clause    `json:"match"`
	Prices   prices    `json:"prices"`
	Variants []variant `json:"price_variants"`

	label string // with the provider's id before its own
}

// Prices are the past and current prices of a model. The last one that applies counts,
// or else the first.
type prices []dated

type dated struct {
	Rates      rates      `json:"prices"`
	Constraint constraint `json:"constraint"`
}

// UnmarshalJSON also reads prices without a date, which are a single object.
func (p *prices) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, (*[]dated)(p))
	}
	*p = make(prices, 1)
	return json.Unmarshal(data, &(*p)[0].Rates)
}

func (p prices) at(t time.Time) *dated {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].Constraint.holds(t) {
			return &p[i]
		}
	}
	return &p[0]
}

// A variant replaces some rates for calls on other terms.
type variant struct {
	When       conditions `json:"when"`
	Rates      rates      `json:"prices"`
	Constraint constraint `json:"constraint"`
}

// Conditions are the terms that a call must meet, all of them.
type conditions []condition

type condition struct{ term, is string }

func (c *conditions) UnmarshalJSON(data []byte) error {
	var all map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for term, is := range all {
		*c = append(*c, condition{term, is})
	}
	return nil
}

// on reports whether there is a condition on a term.
func (c conditions) on(term string) bool {
	return slices.ContainsFunc(c, func(one condition) bool { return one.term == term })
}

// meant reports whether the variant applies to the terms of a call.
func (v *variant) meant(u *price.Usage, at time.Time) bool {
	for _, c := range v.When {
		if term(u, c.term) != c.is {
			return false
		}
	}
	return v.Constraint.holds(at)
}

// term returns a term of a call, by the name that conditions use.
func term(u *price.Usage, key string) string {
	switch {
	case key == "service_tier":
		return u.Tier
	case key == "speed":
		return u.Speed
	case key == "processing" && u.Batch:
		return "batch"
	}
	return ""
}

func (m *model) check() error {
	if m.ID == "" {
		return errors.New("an entry without an id")
	}
	if len(m.Prices) == 0 {
		return fmt.Errorf("%s has no prices", m.ID)
	}
	for _, v := range m.Variants {
		if len(v.When) == 0 {
			return fmt.Errorf("%s has other prices, and not when", m.ID)
		}
	}
	if err := m.Match.ready(); err != nil {
		return fmt.Errorf("%s: %w", m.ID, err)
	}
	return nil
}

// A holding is what holds for a call.
type holding struct {
	rates
	since       time.Time // from which day on, if that is told
	tier, batch bool      // there is a price for its service tier, for batches
}

// at returns what holds for a call. What a seller has from the list of another has no
// variants of its own.
func (e entry) at(u *price.Usage, t time.Time) holding {
	standard := e.Prices.at(t)
	h := holding{rates: standard.Rates, since: standard.Constraint.since}
	if !e.ownList || u.Tier == "" && u.Speed == "" && !u.Batch {
		return h
	}
	for i := len(e.Variants) - 1; i >= 0; i-- { // the first has the last word
		if v := &e.Variants[i]; v.meant(u, t) {
			h.over(&v.Rates)
			if v.Constraint.since.After(h.since) {
				h.since = v.Constraint.since
			}
			h.tier = h.tier || v.When.on("service_tier")
			h.batch = h.batch || v.When.on("processing")
		}
	}
	return h
}
