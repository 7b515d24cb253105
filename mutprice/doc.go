// Package mutprice computes the cost of model calls and records it on their spans. The
// prices are embedded in the program. One line enables it for every client that package
// mutllm or an integration traces:
//
//	mutprice.Enable()
//
// The cost is the first of these: the cost reported by the provider, the program's own
// price ([Set]), the table's price. If all are unknown, the span has no cost, rather
// than 0, and an attribute states the reason. A computed cost is marked as computed.
// docs/prices.md has the attributes and the rules.
//
// The table is from genai-prices (https://github.com/pydantic/genai-prices, MIT). New
// prices come with a new version of this module, or from a file: [Open], [Load], or the
// environment variable MUTAGENT_PRICES. Nothing is ever downloaded.
//
// All functions are safe for concurrent use.
package mutprice
