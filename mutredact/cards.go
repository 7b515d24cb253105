package mutredact

// Cards hides payment card numbers: 13 to 19 digits, contiguous or grouped as printed
// on cards, with the prefix and length of a network and a valid check digit. One number
// in ten has a valid check digit by chance, so an order number may be hidden too.
func Cards(_, text string) (redacted string, masked int) {
	m := mask{text: text}
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < '0' || c > '9' {
			continue
		}
		if i == m.done && i > 0 || startsNumber(text, i) {
			if to := card(text, i); to > 0 {
				m.hide(i, to, "card")
				i = to - 1
				continue
			}
		}
		i = nextNumber(text, i) - 1
	}
	return m.result()
}

// nextNumber returns where the next number can begin, for a digit at i that begins
// none: at the end of the digits, or of the escape in which they began.
func nextNumber(text string, i int) int {
	end := numerals.run(text, i)
	for k := i + 1; k < min(i+5, end); k++ {
		if escapeBefore(text, k) {
			return k
		}
	}
	return end
}

var numerals = setOf(digits)

// startsNumber reports whether the digit at i begins a number. After a decimal point it
// is part of a fraction.
func startsNumber(text string, i int) bool {
	return startsWord(text, i) && (i < 2 || text[i-1] != '.' || !numerals[text[i-2]])
}

// card returns the end of the card number that begins at i, or 0.
func card(text string, i int) int {
	var pan [19]byte
	var groups [5]int
	n, end := 0, 0
	for g := range groups {
		k := numerals.run(text, i)
		if k == i || n+k-i > len(pan) {
			break
		}
		n += copy(pan[n:], text[i:k])
		groups[g] = k - i
		if (k == len(text) || !word[text[k]]) && printed(groups[:g+1]) && valid(pan[:n]) {
			end = k
		}
		if k+1 >= len(text) || text[k] != ' ' && text[k] != '-' || g > 0 && text[k] != text[i-1] {
			break
		}
		i = k + 1
	}
	return end
}

// printed reports whether card numbers are printed in groups of these sizes.
func printed(groups []int) bool {
	switch len(groups) {
	case 1:
		return groups[0] >= 13
	case 2:
		return groups[0] == 6 && groups[1] == 13 // UnionPay
	case 3:
		return groups[0] == 4 && groups[1] == 6 && (groups[2] == 5 || groups[2] == 4) // American Express, Diners
	}
	for _, n := range groups[:4] {
		if n != 4 {
			return false
		}
	}
	return len(groups) == 4 || groups[4] <= 3
}

// A network is a range of four-digit prefixes, low to high, with the lengths of its
// numbers.
type network struct{ low, high, shortest, longest int }

var networks = []network{
	{4000, 4999, 13, 13}, {4000, 4999, 16, 16}, {4000, 4999, 19, 19}, // Visa
	{5100, 5599, 16, 16}, {2221, 2720, 16, 16}, // Mastercard
	{3400, 3499, 15, 15}, {3700, 3799, 15, 15}, // American Express
	{3000, 3059, 14, 19}, {3095, 3095, 14, 19}, {3600, 3699, 14, 19}, {3800, 3999, 14, 19}, // Diners Club
	{6011, 6011, 16, 19}, {6440, 6599, 16, 19}, // Discover
	{6200, 6299, 16, 19}, {8100, 8199, 16, 19}, // UnionPay, RuPay
	{3528, 3589, 16, 19},                                             // JCB
	{5018, 5018, 13, 19}, {5020, 5020, 13, 19}, {5038, 5038, 13, 19}, // Maestro
	{5893, 5893, 13, 19}, {6304, 6304, 13, 19}, {6759, 6759, 13, 19}, {6761, 6763, 13, 19},
	{2200, 2204, 16, 19},                                             // Mir
	{5080, 5089, 16, 16}, {6069, 6069, 16, 16}, {8200, 8299, 16, 16}, // RuPay
	{9792, 9792, 16, 16}, // Troy
}

// valid reports whether pan has the prefix and the length of a network, and a valid
// check digit by ISO/IEC 7812-1, which is Luhn's.
func valid(pan []byte) bool {
	if len(pan) < 13 {
		return false
	}
	prefix := 0
	for _, c := range pan[:4] {
		prefix = prefix*10 + int(c-'0')
	}
	known := false
	for _, n := range networks {
		known = known || n.low <= prefix && prefix <= n.high && n.shortest <= len(pan) && len(pan) <= n.longest
	}
	sum := 0
	for i, c := range pan {
		d := int(c - '0')
		if (len(pan)-i)%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return known && sum%10 == 0
}
