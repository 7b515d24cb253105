package jsontext

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// arrived returns s as the server receives it: each byte that is not UTF-8 is U+FFFD.
func arrived(s string) string { return string([]rune(s)) }

func checkString(t *testing.T, s string) {
	t.Helper()
	encoded := AppendString([]byte("["), s)
	require.True(t, utf8.Valid(encoded), "AppendString(%q) = %q, which is no UTF-8", s, encoded)
	var got []string
	require.NoError(t, json.Unmarshal(append(encoded, ']'), &got), "AppendString(%q) = %q, which is no JSON", s, encoded)
	require.Equal(t, []string{arrived(s)}, got, "AppendString(%q) = %q, decoded", s, encoded)
}

// TestAppendStringBytes puts each byte at each position among plain ones. Eight bytes
// are checked at once, and neighbours must not hide a byte.
func TestAppendStringBytes(t *testing.T) {
	for c := range 256 {
		for place := range 18 {
			text := []byte("abcdefghijklmnopqr")
			text[place] = byte(c)
			checkString(t, string(text))
			text[min(place+1, 17)] = byte(c)
			checkString(t, string(text))
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[31mred\x1b[0m", "\x00", "\xff\xc3", "\xed\xa0\x80", "é日本🙂", "\u2028", "\uFFFD", `"\`, "seven..\x7f", "01234567\"", strings.Repeat("x", 100) + "\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkString(t, s)

		// encoding/json escapes other characters, but the meaning is the same.
		theirs, err := json.Marshal(s)
		require.NoError(t, err)
		var fromTheirs, fromOurs string
		require.NoError(t, json.Unmarshal(theirs, &fromTheirs))
		require.NoError(t, json.Unmarshal(AppendString(nil, s), &fromOurs))
		require.Equal(t, fromTheirs, fromOurs)
	})
}

func FuzzFloat(f *testing.F) {
	for _, v := range []float64{0, 1, -1.5, 1e6, 1e21, 1e-7, math.MaxFloat64, math.SmallestNonzeroFloat64, math.NaN(), math.Inf(1), math.Inf(-1)} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		encoded := AppendFloat(nil, v)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			require.Contains(t, []string{`"NaN"`, `"+Inf"`, `"-Inf"`}, string(encoded), "JSON has no number for %v", v)
			return
		}
		var got float64
		require.NoError(t, json.Unmarshal(encoded, &got), "%v became %s", v, encoded)
		require.Equal(t, v, got, "%v became %s", v, encoded)
	})
}

func FuzzMillis(f *testing.F) {
	for _, d := range []time.Duration{0, 1, -1, 999_999, 1_000_000, 1_000_001, 1_500_000, math.MaxInt64, math.MinInt64, math.MinInt64 + 1} {
		f.Add(int64(d))
	}
	f.Fuzz(func(t *testing.T, d int64) {
		encoded := string(AppendMillis(nil, time.Duration(d)))
		require.True(t, json.Valid([]byte(encoded)), "%d ns became %s", d, encoded)
		got, ok := new(big.Rat).SetString(encoded)
		require.True(t, ok)
		require.Zero(t, got.Cmp(big.NewRat(d, 1_000_000)), "%d ns became %s ms, which is not exact", d, encoded)
		if strings.Contains(encoded, ".") {
			require.False(t, strings.HasSuffix(encoded, "0"), "%s ends in zeros", encoded)
		}
	})
}

// FuzzTime writes two times with one clock. The cached first time must not affect the
// second.
func FuzzTime(f *testing.F) {
	now := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC).Unix()
	f.Add(now, int64(123456789), now, int64(0), 3600)
	f.Add(now, int64(1), now+1, int64(999_999_999), -5*3600)
	f.Add(int64(-1), int64(1), int64(0), int64(100), 0)
	f.Add(int64(-62167219200), int64(0), int64(253402300799), int64(999_999_999), 0) // years 0 and 9999
	f.Add(int64(-62167219201), int64(0), int64(253402300800), int64(0), 0)           // years -1 and 10000
	f.Add(int64(math.MaxInt64), int64(0), int64(math.MinInt64), int64(0), 14*3600)   // beyond the range of time.Time
	f.Fuzz(func(t *testing.T, sec1, nsec1, sec2, nsec2 int64, zone int) {
		var c Clock
		first := time.Unix(sec1, nsec1)
		second := time.Unix(sec2, nsec2).In(time.FixedZone("", zone%86400))
		for _, tm := range []time.Time{first, second, first.Add(1), second} {
			encoded := c.AppendTime(nil, tm)
			var text string
			require.NoError(t, json.Unmarshal(encoded, &text), "%v became %s", tm, encoded)
			if y := tm.UTC().Year(); y < 0 || y > 9999 {
				continue // RFC 3339 cannot express it
			}
			got, err := time.Parse(time.RFC3339Nano, text)
			require.NoError(t, err)
			require.True(t, tm.Equal(got), "%v became %s", tm, text)
			require.True(t, strings.HasSuffix(text, "Z"), "%s is not in UTC", text)
		}
	})
}
