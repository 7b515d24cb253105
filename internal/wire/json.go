package wire

import (
	"log/slog"
	"math/bits"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
)

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. Whatever s holds, the result is
// valid JSON and UTF-8: control characters are escaped, and bytes that are no
// UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	stops := uint64(highs) // bytes beyond ASCII are looked at, until they are known to be valid
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

// appendRune moves one character from s to dst, or U+FFFD for a byte that is none.
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

// plainPrefix returns how many leading bytes of s stand for themselves in a
// JSON string: no control character, quote or backslash, and nothing beyond
// ASCII if stops is highs rather than 0. It looks at eight bytes at a time, since
// texts are long and mostly plain.
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

// isFinite tells the numbers that JSON has from NaN and the infinities.
func isFinite(f float64) bool { return f-f == 0 }

// appendFloat writes NaN and the infinities as strings, which is for attributes
// only: where a number is due they are left out.
func appendFloat(dst []byte, f float64) []byte {
	if !isFinite(f) {
		dst = append(dst, '"')
		dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
		return append(dst, '"')
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// appendMillis writes d in milliseconds, exact to the nanosecond.
func appendMillis(dst []byte, d time.Duration) []byte {
	if d < 0 {
		dst, d = append(dst, '-'), -d
	}
	dst = strconv.AppendUint(dst, uint64(d)/1e6, 10)
	return appendFraction(dst, uint64(d)%1e6, 6)
}

// appendFraction writes n, a fraction of width decimal digits, after its point
// and without the zeros at its end: nothing if n is 0.
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

// pairs has every number of two digits at twice its value.
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

// A clockFace writes times as RFC 3339 in UTC with nanoseconds. It keeps the
// last minute it wrote, because spans that leave together are of the same time.
type clockFace struct {
	minute int64 // since 1970
	text   [len("2006-01-02T15:04:")]byte
	known  bool
}

func (c *clockFace) appendTime(dst []byte, t time.Time) []byte {
	unix := t.Unix()
	second := unix % 60
	if second < 0 {
		second += 60
	}
	if minute := (unix - second) / 60; !c.known || minute != c.minute {
		u := t.UTC()
		if y := u.Year(); y < 0 || y > 9999 {
			// RFC 3339 has four digits. Such a time can only be an attribute.
			return AppendString(dst, u.String())
		}
		u.AppendFormat(c.text[:0], "2006-01-02T15:04:")
		c.minute, c.known = minute, true
	}
	dst = append(dst, '"')
	dst = append(dst, c.text[:]...)
	dst = append(dst, pairs[2*second], pairs[2*second+1])
	dst = appendFraction(dst, uint64(t.Nanosecond()), 9)
	return append(dst, 'Z', '"')
}

// appendValue writes a frozen value.
func (c *clockFace) appendValue(dst []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindString:
		return AppendString(dst, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(dst, v.Uint64(), 10)
	case slog.KindFloat64:
		return appendFloat(dst, v.Float64())
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool())
	case slog.KindDuration: // in nanoseconds, as slog.JSONHandler and OpenTelemetry do
		return strconv.AppendInt(dst, int64(v.Duration()), 10)
	case slog.KindTime:
		return c.appendTime(dst, v.Time())
	case slog.KindGroup:
		return c.appendAttrs(dst, v.Group())
	}
	if raw, ok := v.Any().(freeze.JSON); ok {
		return append(dst, raw...)
	}
	return append(dst, "null"...)
}

func (c *clockFace) appendAttrs(dst []byte, attrs []slog.Attr) []byte {
	dst = append(dst, '{')
	dst = c.appendMembers(dst, attrs)
	return append(dst, '}')
}

func (c *clockFace) appendMembers(dst []byte, attrs []slog.Attr) []byte {
	for _, a := range attrs {
		dst = appendKey(dst, a.Key)
		dst = c.appendValue(dst, a.Value)
	}
	return dst
}

// appendKey starts a member of the object that dst is in the middle of.
func appendKey(dst []byte, key string) []byte {
	dst = appendComma(dst)
	dst = AppendString(dst, key)
	return append(dst, ':')
}

// appendMember is appendKey for a key that is JSON already, quotes, colon and all.
func appendMember(dst []byte, key string) []byte {
	return append(appendComma(dst), key...)
}

func appendComma(dst []byte) []byte {
	if dst[len(dst)-1] == '{' {
		return dst
	}
	return append(dst, ',')
}
