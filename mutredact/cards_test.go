package mutredact_test

import (
	"testing"

	"github.com/mutagent-io/mutagent-go/mutredact"
)

var cards = redactor(mutredact.Cards)

// TestCards uses the numbers that networks and payment services publish for tests.
func TestCards(t *testing.T) {
	cards.positives(t, []gone{
		{"4111111111111111", "[card]"},    // Visa
		{"4222222222222", "[card]"},       // with 13 digits
		{"4111 1111 1111 1111", "[card]"}, //
		{"4111-1111-1111-1111", "[card]"}, //
		{"5555555555554444", "[card]"},    // Mastercard
		{"2223003122003222", "[card]"},    // its second range
		{"378282246310005", "[card]"},     // American Express
		{"3782 822463 10005", "[card]"},   //
		{"30569309025904", "[card]"},      // Diners Club
		{"3056 930902 5904", "[card]"},    //
		{"6011111111111117", "[card]"},    // Discover
		{"3530111333300000", "[card]"},    // JCB
		{"6200000000000005", "[card]"},    // UnionPay
		{"6759649826438453", "[card]"},    // Maestro
		{"card: 4111111111111111, exp 12/30", "card: [card], exp 12/30"},
		{"4111 1111 1111 1111 12/30", "[card] 12/30"},
		{"1 4111 1111 1111 1111", "1 [card]"},
		{"5555 5555 5555 4444 4111 1111 1111 1111", "[card] [card]"},
		{`pay\n4111111111111111\n`, `pay\n[card]\n`},
		{"n%204111111111111111", "n%20[card]"},
		{`{"n":4111111111111111}`, `{"n":[card]}`},
		{"№4111111111111111.", "№[card]."},
		{"\xff4111111111111111\xff", "\xff[card]\xff"},
	})
	cards.nearMisses(t, []string{
		"4111111111111112",                        // the check digit is wrong
		"1700000000000000000", "1732394137123456", // Unix time in nanoseconds, microseconds
		"1732394137123", "2026-11-23 20:35:37",
		"9999999999999995", "0000000000000000", "1234567812345670", // valid check digits, but no network's prefix
		"41111111111111111111", "0041111111111111110000", // inside longer runs of digits
		"x4111111111111111", "4111111111111111x", "id_4111111111111111",
		"0.4111111111111111", "3.4111111111111111", // fractions
		"0a1b2c3d-4111-1111-1111-111111111111", "12345678-1234-4111-8111-111111111111", // UUIDs
		"41 11 11 11 11 11 11 11", "4111 1111-1111 1111", "4111  1111  1111  1111", "4111,1111,1111,1111", // separators that cards do not have
		"411111111111", "4111 1111 1111", "+49 30 1234567", "order 20261123-000412",
		"378282246310005000", "55555555555544", // lengths of other networks
	})
}
