// Package price is the one place where integrations ask for the cost of a model call.
// It has no prices: the module mutprice answers, if the program has enabled it.
package price

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// A Call is what the price of one call of a model depends on.
type Call struct {
	Host     string // that was called, with the port if there is one; "" if the recorder cannot know
	Path     string // of the address
	Seller   string // in the words of genai-prices, where the client can call nobody else; "" goes by the host
	Provider string // as the span has it: who speaks so, which is not always who sells
	Asked    string // the model that was asked for
	Model    string // the one that answered, "" if the answer does not say
	Time     time.Time
	Usage    Usage
}

// A Usage is what a call used, in tokens unless it says otherwise. A count includes the
// more special ones beneath it.
type Usage struct {
	Input, Output           int64
	CacheRead, CacheWrite   int64 // part of Input
	CacheWrite1h            int64 // part of CacheWrite: kept for an hour
	Reasoning, Citation     int64 // part of Output
	InputAudio, OutputAudio int64
	InputImage, OutputImage int64
	InputVideo, OutputVideo int64
	CacheReadAudio          int64 // part of CacheRead and of InputAudio
	CacheReadImage          int64
	WebSearches             int64 // how many
	FileSearches            int64

	Tier  string // of service, in the answer's words
	Speed string
	Batch bool
	Geo   string // where it ran, if that was paid for

	Uncounted string // what else has a price, and is in no count

	CostUSD   float64 // what the provider says, if it does
	Told      bool    // CostUSD is what the provider says, be it 0
	Elsewhere bool    // the provider says that another was paid, and not how much
}

// None reports whether nothing is known of what was used.
func (u *Usage) None() bool {
	return u.Input|u.Output|u.CacheRead|u.CacheWrite|u.Reasoning|u.WebSearches|u.FileSearches == 0 && !u.Told && !u.Elsewhere
}

// A Cost is what a call cost, and what there is to say of that on the span.
type Cost struct {
	USD   float64
	Known bool
	Attrs []slog.Attr
}

var answers atomic.Pointer[func(*Call) Cost]

// Answer lets f say what calls cost. It is called from any goroutine. A nil f
// switches prices off.
func Answer(f func(*Call) Cost) {
	if f == nil {
		answers.Store(nil)
		return
	}
	answers.Store(&f)
}

// Of returns what c cost. Without anybody who knows prices, that is what the provider
// says.
func Of(c *Call) Cost {
	if f := answers.Load(); f != nil && !c.Usage.None() {
		return (*f)(c)
	}
	return Cost{USD: c.Usage.CostUSD, Known: c.Usage.Told}
}
