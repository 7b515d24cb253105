package mutprice

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// standard are the providers' words for the standard terms.
var standard = []string{"", "default", "standard", "on_demand", "auto", "standard_only"}

// refuse returns why the rates do not give the cost of a call. An unknown cost is
// better than a wrong one.
func refuse(u *price.Usage, h *holding) error {
	r := &h.rates
	switch {
	case !h.tier && !slices.Contains(standard, u.Tier) && u.Tier != "batch":
		return fmt.Errorf("no price of the service tier %q", u.Tier)
	case u.Batch && !h.batch:
		return errors.New("no price of a batch")
	case u.Geo != "" && u.Geo != "global" && u.Geo != "not_available":
		return fmt.Errorf("no price of answers from %q alone", u.Geo)
	case r.by[requestsUnit] != nil:
		return errors.New("the price of a request depends on more than its tokens")
	case r.odd != "":
		return fmt.Errorf("there is a price of %s, which is not counted", r.odd)
	case u.WebSearches > 0 && r.by[webSearches] == nil:
		return errors.New("no price of its web searches")
	case u.FileSearches > 0 && r.by[fileSearches] == nil:
		return errors.New("no price of its file searches")
	case u.Uncounted != "":
		return errors.New(u.Uncounted)
	case r.by[cachedAudio] != nil && u.CacheRead > 0 && u.InputAudio > 0 && u.CacheReadAudio == 0,
		r.by[cachedImage] != nil && u.CacheRead > 0 && u.InputImage > 0 && u.CacheReadImage == 0:
		return errors.New("the answer does not say what of the sound or pictures was cached")
	}
	return nil
}
