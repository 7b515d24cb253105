package mutprice

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// A rate is the price of a unit, which may depend on the number of input tokens.
type rate struct {
	Base  float64 `json:"base"`
	Tiers []tier  `json:"tiers"`
}

// A tier is the price of all there is of a unit once the input is larger than Start.
type tier struct {
	Start int64   `json:"start"`
	Price float64 `json:"price"`
}

// at returns the price for a number of input tokens: that of the highest tier that
// they have come to.
func (r *rate) at(input int64) float64 {
	price, start := r.Base, int64(-1)
	for _, t := range r.Tiers {
		if input > t.Start && t.Start >= start {
			price, start = t.Price, t.Start
		}
	}
	return price
}

func (r *rate) UnmarshalJSON(data []byte) error {
	if data[0] != '{' {
		if err := json.Unmarshal(data, &r.Base); err != nil {
			return err
		}
		return r.check()
	}
	type plain rate
	if err := json.Unmarshal(data, (*plain)(r)); err != nil {
		return err
	}
	return r.check()
}

func (r *rate) check() error {
	if r.Base < 0 {
		return fmt.Errorf("a price of %v, want 0 or more", r.Base)
	}
	for _, t := range r.Tiers {
		if t.Price < 0 || t.Start < 0 {
			return fmt.Errorf("a price of %v from %d tokens on, want 0 or more", t.Price, t.Start)
		}
	}
	return nil
}

// Rates are the prices of a model at some time.
type rates struct {
	by  [len(units)]*rate
	odd string // a kind of price that nobody counts
}

func (r *rates) UnmarshalJSON(data []byte) error {
	var all map[string]*rate
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for key, rate := range all {
		switch i := unitOf(key); {
		case rate == nil:
		case i >= 0:
			r.by[i] = rate
		case key > r.odd: // one of them, and always the same
			r.odd = key
		}
	}
	return nil
}

// over puts the rates of others in place of r's own.
func (r *rates) over(others *rates) {
	for i, other := range others.by {
		if other != nil {
			r.by[i] = other
		}
	}
	if others.odd != "" {
		r.odd = others.odd
	}
}

func (r *rates) none() bool { return r.by == [len(units)]*rate{} && r.odd == "" }

// A bill is the cost of a call and the rates that were used.
type bill struct {
	usd   float64
	rates [len(units)]float64
	used  [len(units)]bool
}

var (
	errNegative = errors.New("the answer counts more of a part than of the whole")
	errInfinite = errors.New("the cost is no finite number")
)

// sum charges each count at the rate of its unit, less what is charged at the rate of
// a unit beneath it.
func (r *rates) sum(count [len(units)]int64) (b bill, err error) {
	own, inputTokens := count, count[unitInput]
	for i, rate := range r.by {
		if rate == nil {
			continue
		}
		for j := range i {
			if r.by[j] != nil && units[j].of&units[i].of == units[i].of {
				own[i] -= own[j]
			}
		}
		if own[i] < 0 {
			return bill{}, errNegative
		}
		if own[i] > 0 {
			b.rates[i], b.used[i] = rate.at(inputTokens), true
			b.usd += float64(own[i]) * b.rates[i] / units[i].per
		}
	}
	if math.IsInf(b.usd, 0) || math.IsNaN(b.usd) {
		return bill{}, errInfinite
	}
	return b, nil
}
