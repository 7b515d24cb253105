package mutprice

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// Rates are the prices of a model in US dollars, by the names that genai-prices has for
// what is charged: input_mtok, output_mtok, cache_read_mtok, cache_write_mtok,
// cache_write_1h_mtok, output_reasoning_mtok and others with _mtok for a million tokens;
// web_searches_kcount and storage_searches_kcount for a thousand searches. What is not
// there is charged as what it is a part of: cached input as input.
type Rates map[string]float64

var (
	ownMu sync.RWMutex
	owned = map[string]map[string]*rates{} // by model and then by provider, in lower case
)

// Set has calls of a model cost what the program's contract says. The provider is one
// as genai-prices calls it, such as "openai" or "azure", or the host that is called,
// with its port if it has one; the model is the name that is asked for, or the one in
// the answers, in any case. Such a price goes before the table's, not before what the
// provider itself says. Empty Rates are a price of 0, nil takes a price back. A rate that is unknown, negative or no
// number is an error, and changes nothing.
func Set(provider, model string, r Rates) error {
	if provider == "" || model == "" {
		return errors.New("mutprice: Set needs a provider and a model")
	}
	if r == nil {
		setOwn(provider, model, nil)
		return nil
	}
	own := new(rates)
	for name, usd := range r {
		i := unitOf(name)
		if i < 0 || i == requestsUnit {
			return fmt.Errorf("mutprice: Set(%q, %q): no rate is called %q; see Rates for those that are", provider, model, name)
		}
		if !(usd >= 0) || math.IsInf(usd, 0) {
			return fmt.Errorf("mutprice: Set(%q, %q): %s is %v, want 0 or more", provider, model, name, usd)
		}
		own.by[i] = &rate{Base: usd}
	}
	setOwn(provider, model, own)
	return nil
}

func setOwn(provider, model string, r *rates) {
	provider, model = strings.ToLower(provider), strings.ToLower(model)
	ownMu.Lock()
	defer ownMu.Unlock()
	if owned[model] == nil {
		owned[model] = map[string]*rates{}
	}
	owned[model][provider] = r
}

// own returns the program's own rates for a call, or nil, and what they were set for.
func own(seller string, c *price.Call) (r *rates, entry string) {
	ownMu.RLock()
	defer ownMu.RUnlock()
	if len(owned) == 0 {
		return nil, ""
	}
	providers := [...]string{c.Host, seller, c.Provider}
	if c.Host != "" { // then it tells who sells
		providers[2] = ""
	}
	for _, model := range [...]string{c.Model, c.Asked, plain(c, c.Model), plain(c, c.Asked)} {
		model = strings.ToLower(model)
		by := owned[model]
		for _, provider := range providers {
			provider = strings.ToLower(provider)
			if r := by[provider]; r != nil {
				return r, provider + "/" + model
			}
		}
	}
	return nil, ""
}
