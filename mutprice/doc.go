// Package mutprice tells what calls of models cost, on their spans, without asking
// anybody: the prices are in the program. One line switches it on, for every client
// that package mutllm or one of the integrations traces:
//
//	mutprice.Enable()
//
// What the provider says a call cost is the cost. Else it is the program's own price
// ([Set]), else that of the table, else it is unknown: then the span has no cost, which
// is not 0, and an attribute that says why. A cost that was computed is marked as such.
// docs/prices.md has the attributes and the rules.
//
// The table is that of genai-prices (https://github.com/pydantic/genai-prices, MIT).
// New prices are a new version of this module, or a file: [Open], [Load], or the
// environment variable MUTAGENT_PRICES. Nothing is ever downloaded.
//
// All functions may be called from any goroutine.
package mutprice
