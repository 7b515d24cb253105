package mutprice

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// Rates are the prices of a model in US dollars, by the names of genai-prices. Names
// with _mtok are per million tokens: input_mtok, output_mtok, cache_read_mtok,
// cache_write_mtok, cache_write_1h_mtok, output_reasoning_mtok and others.
// web_searches_kcount and storage_searches_kcount are per thousand searches. A missing
// rate falls back to that of the wider category: cached input is charged as input.
type Rates map[string]float64

var (
	ownMu sync.RWMutex
	owned = map[string]map[string]*rates{} // by model and then by provider, in lower case
)

// Set sets the program's own prices for a model, such as contract prices. The provider
// is its name in genai-prices, such as "openai" or "azure", or the called host, with
// its port if it has one. The model is the requested name or the name in responses;
// case does not matter. These prices take precedence over the table, but not over a
// cost that the provider reports. Empty Rates are a price of 0; nil removes a price. An
// unknown name, or a value that is negative or not finite, is an error and changes
// nothing.
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
