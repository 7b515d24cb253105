package mutprice

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// A model is an entry of the table.
type model struct {
	ID       string    `json:"id"`
	Match    clause    `json:"match"`
	Prices   prices    `json:"prices"`
	Variants []variant `json:"price_variants"`
}

// Prices are what a model cost, and costs: the last that holds is meant, or else the
// first.
type prices []dated

type dated struct {
	Rates      rates      `json:"prices"`
	Constraint constraint `json:"constraint"`
}

// UnmarshalJSON also reads prices without a date, which are there as such.
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

// A variant is what some rates are on other terms.
type variant struct {
	When       map[string]string `json:"when"`
	Rates      rates             `json:"prices"`
	Constraint constraint        `json:"constraint"`
}

// meant reports whether the variant is for such terms.
func (v *variant) meant(terms map[string]string, at time.Time) bool {
	for key, value := range v.When {
		if terms[key] != value {
			return false
		}
	}
	return v.Constraint.holds(at)
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

// terms are on which a call was made, by the names of the variants' conditions.
func terms(u *price.Usage) map[string]string {
	if u.Tier == "" && u.Speed == "" && !u.Batch {
		return nil
	}
	t := map[string]string{"service_tier": u.Tier, "speed": u.Speed}
	if u.Batch {
		t["processing"] = "batch"
	}
	return t
}

// rates returns what holds for a call, and from which day on if that is told. What a
// seller has from the list of another has no variants of its own.
func (m *model) rates(u *price.Usage, at time.Time, ownList bool) (r rates, since time.Time, met map[string]bool) {
	standard := m.Prices.at(at)
	r, since = standard.Rates, standard.Constraint.since
	t := terms(u)
	if !ownList || t == nil {
		return r, since, nil
	}
	met = map[string]bool{}
	for i := len(m.Variants) - 1; i >= 0; i-- { // the first has the last word
		if v := &m.Variants[i]; v.meant(t, at) {
			r = r.over(&v.Rates)
			for key := range v.When {
				met[key] = true
			}
		}
	}
	return r, since, met
}
