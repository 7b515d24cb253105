// Package jsontext writes JSON by appending to byte slices. The result is always valid
// JSON and valid UTF-8, whatever the input.
package jsontext

import (
	"math/bits"
	"strconv"
	"time"
	"unicode/utf8"
	"unsafe"
)

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. The result is valid JSON and UTF-8 for any
// s: control characters are escaped, and bytes that are not UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	stops := uint64(highs) // bytes beyond ASCII stop the scan, until all of s is known to be valid
	for checked := false; ; {
		n := plainPrefix(s, stops)
		dst, s = append(dst, s[:n]...), s[n:]
		switch {
		case s == "":
			return append(dst, '"')
		case s[0] < utf8.RuneSelf:
			dst, s = appendEscape(dst, s[0]), s[1:]
		case !checked:
			if checked = true; utf8.ValidString(s) {
				stops = 0
			}
		default:
			dst, s = appendRune(dst, s)
		}
	}
}

// appendRune appends the first character of s, or U+FFFD for an invalid byte. It
// returns the rest of s.
func appendRune(dst []byte, s string) ([]byte, string) {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 {
		return append(dst, "\uFFFD"...), s[1:]
	}
	return append(dst, s[:size]...), s[size:]
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plainPrefix returns how many leading bytes of s need no escape: no control character,
// quote or backslash, and no byte beyond ASCII if stops is highs instead of 0. It
// checks eight bytes at a time, because texts are long and mostly plain.
func plainPrefix(s string, stops uint64) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		// The high bit of a byte is set if it is < 0x20, '"' or '\\', or one to stop
		// at. A borrow can set one too many, but only above a true one.
		hits := ((x-ones*0x20)|((x^ones*'"')-ones)|((x^ones*'\\')-ones))&^x&highs | x&stops
		if hits != 0 {
			return i + bits.TrailingZeros64(hits)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf && stops != 0 {
			break
		}
	}
	return i
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// IsFinite returns false for NaN and the infinities, which JSON does not have.
func IsFinite(f float64) bool { return f-f == 0 }

// AppendFloat appends f. It writes NaN and the infinities as strings, so it is for
// attributes only. Fields that must be numbers leave them out.
func AppendFloat(dst []byte, f float64) []byte {
	if !IsFinite(f) {
		dst = append(dst, '"')
		dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
		return append(dst, '"')
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// AppendMillis writes d in milliseconds, exact to the nanosecond.
func AppendMillis(dst []byte, d time.Duration) []byte {
	if d < 0 {
		dst, d = append(dst, '-'), -d
	}
	dst = strconv.AppendUint(dst, uint64(d)/1e6, 10)
	return appendFraction(dst, uint64(d)%1e6, 6)
}

// appendFraction writes n, a fraction of width decimal digits, with its decimal point
// and without trailing zeros. It writes nothing if n is 0.
func appendFraction(dst []byte, n uint64, width int) []byte {
	if n == 0 {
		return dst
	}
	var digits [10]byte
	for i := width; i > 0; i -= 2 {
		pair := n % 100 * 2
		n /= 100
		digits[i], digits[i-1] = pairs[pair+1], pairs[pair]
	}
	end := width
	for digits[end] == '0' {
		end--
	}
	dst = append(dst, '.')
	return append(dst, digits[1:end+1]...)
}

// pairs has the two digits of each number below 100 at twice its value.
const pairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// AppendBytes is AppendString for a slice. It does not keep s.
func AppendBytes(dst, s []byte) []byte {
	return AppendString(dst, unsafe.String(unsafe.SliceData(s), len(s)))
}
