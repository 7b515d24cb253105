// Package price is the one place where integrations ask for the cost of a model call.
// It has no prices: the module mutprice answers, if the program has enabled it.
package price

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// A Call holds the facts about a model call that determine its price.
type Call struct {
	Host     string // called host, with the port if there is one; "" if the recorder cannot know
	Path     string // path of the URL
	Seller   string // the seller in genai-prices, if the client can call no other; "" to find it by the host
	Provider string // as on the span: whose protocol it is, which is not always who sells
	Asked    string // the requested model
	Model    string // the model that answered, "" if unknown
	Time     time.Time
	Usage    Usage
}

// A Usage is the usage of a call, in tokens unless stated otherwise. A count includes
// the more specific ones below it.
type Usage struct {
	Input, Output           int64
	CacheRead, CacheWrite   int64 // part of Input
	CacheWrite1h            int64 // part of CacheWrite: cached for an hour
	Reasoning, Citation     int64 // part of Output
	InputAudio, OutputAudio int64
	InputImage, OutputImage int64
	InputVideo, OutputVideo int64
	CacheReadAudio          int64 // part of CacheRead and of InputAudio
	CacheReadImage          int64
	WebSearches             int64 // a number of searches
	FileSearches            int64

	Tier  string // service tier, in the provider's words
	Speed string
	Batch bool
	Geo   string // region, if it affects the price

	Uncounted string // usage that has a price but is in no count

	CostUSD   float64 // as stated by the provider
	Told      bool    // CostUSD was stated by the provider, even if it is 0
	Elsewhere bool    // the provider says that someone else was paid, without the amount
}

// None reports whether no usage is known.
func (u *Usage) None() bool {
	return u.Input|u.Output|u.CacheRead|u.CacheWrite|u.Reasoning|u.WebSearches|u.FileSearches == 0 && !u.Told && !u.Elsewhere
}

// A Cost is the cost of a call, and the attributes about it for the span.
type Cost struct {
	USD   float64
	Known bool
	Attrs []slog.Attr
}

var answers atomic.Pointer[func(*Call) Cost]

// Answer sets the function that returns the cost of calls. It is called from any
// goroutine. A nil f switches prices off.
func Answer(f func(*Call) Cost) {
	if f == nil {
		answers.Store(nil)
		return
	}
	answers.Store(&f)
}

// Of returns the cost of c. Without a function set by Answer, that is the cost stated
// by the provider.
func Of(c *Call) Cost {
	if f := answers.Load(); f != nil && !c.Usage.None() {
		return (*f)(c)
	}
	return Cost{USD: c.Usage.CostUSD, Known: c.Usage.Told}
}
