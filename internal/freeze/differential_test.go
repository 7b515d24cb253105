//lint:file-ignore SA5008 the tags are what encoding/json has to cope with

package freeze

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// reference returns the output of encoding/json for v.
func reference(t testing.TB, v any) string {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	require.NoError(t, enc.Encode(v))
	return string(bytes.TrimSuffix(buf.Bytes(), []byte{'\n'}))
}

// Types that cover struct tags and embedding.
type (
	tagged struct {
		A        string            `json:"a"`
		Omitted  string            `json:",omitempty"`
		Kept     string            `json:"-,"`
		Dropped  string            `json:"-"`
		Bad      int               `json:"a\"b"`
		Html     string            `json:"<b>"`
		Quoted   int64             `json:",string"`
		QuotedS  string            `json:"qs,string"`
		QuotedB  *bool             `json:",string"`
		QuotedF  float64           `json:",string,omitempty"`
		QuotedN  json.Number       `json:",string"`
		Zero     time.Time         `json:",omitzero"`
		ZeroOne  zeroOne           `json:",omitzero"`
		ZeroPtr  *ptrZero          `json:",omitzero"`
		ZeroVal  ptrZero           `json:",omitzero"`
		ZeroAny  any               `json:",omitzero"`
		ZeroInt  isZeroer          `json:",omitzero"`
		EmptyAny any               `json:",omitempty"`
		EmptyArr [0]int            `json:",omitempty"`
		EmptyMap map[string]string `json:",omitempty"`
		hidden   int
	}
	zeroOne   struct{ N int }
	ptrZero   struct{ N int }
	base      struct{ ID, Name, Both int }
	other     struct{ Both, Deep int }
	third     struct{ *other }
	lowercase struct{ Shown, hidden int }
	embeds    struct {
		base
		*other
		third
		lowercase
		*lowercase2
		time.Duration
		Name string `json:"Name"`
	}
	lowercase2 struct{ Shown2 int }
	named      struct {
		base `json:"base"`
		Both string
	}
	byPtr     struct{ N int } // has MarshalJSON by pointer
	byText    struct{ N int } // has MarshalText by value
	ptrText   struct{ N int } // has MarshalText by pointer
	textKey   int
	bytesLike []byte
	oddByte   byte
	tree      struct {
		Value any
		Kids  []*tree          `json:",omitempty"`
		By    map[string]*tree `json:",omitempty"`
	}
	holder struct {
		V  byPtr
		P  *byPtr
		T  byText
		PT ptrText
		M  map[string]byPtr
		S  []byPtr
		A  [2]ptrText
		I  json.Marshaler
		K  map[textKey]int
		KT map[byText]int
		O  []oddByte
		R  json.RawMessage
		B  bytesLike
	}
)

func (z zeroOne) IsZero() bool                  { return z.N == 1 }
func (z *ptrZero) IsZero() bool                 { return z.N == 1 }
func (b *byPtr) MarshalJSON() ([]byte, error)   { return fmt.Appendf(nil, `{ "by": %d }`, b.N), nil }
func (b byText) MarshalText() ([]byte, error)   { return fmt.Appendf(nil, "<text %d>\xff", b.N), nil }
func (b *ptrText) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "ptr %d", b.N), nil }
func (k textKey) MarshalText() ([]byte, error)  { return fmt.Appendf(nil, "key %d", int(k)), nil }
func (b *oddByte) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "odd %d", *b), nil }

// TestSameAsEncodingJSON compares the encoding of ordinary values with encoding/json.
func TestSameAsEncodingJSON(t *testing.T) {
	yes := true
	address, err := url.Parse("https://example.com/a?b=c")
	require.NoError(t, err)
	for _, v := range []any{
		tagged{}, &tagged{hidden: 1},
		tagged{A: "x", Omitted: "y", Kept: "z", Dropped: "no", Bad: 1, Html: "<>", Quoted: -7, QuotedS: "a\"b", QuotedB: &yes, QuotedF: 1e-9, QuotedN: "12", EmptyAny: 0},
		&tagged{Zero: time.Unix(1, 0).UTC(), ZeroOne: zeroOne{1}, ZeroPtr: &ptrZero{1}, ZeroVal: ptrZero{1}, ZeroAny: 1, ZeroInt: (*ptrZero)(nil)},
		tagged{ZeroOne: zeroOne{2}, ZeroPtr: &ptrZero{2}, ZeroVal: ptrZero{1}, ZeroInt: zeroOne{1}},
		embeds{}, &embeds{base: base{1, 2, 3}, other: &other{4, 5}, lowercase: lowercase{6, 7}, Name: "n"}, embeds{third: third{&other{8, 9}}, lowercase2: &lowercase2{1}, Duration: 5},
		named{}, named{base{1, 2, 3}, "b"},
		holder{V: byPtr{1}, T: byText{2}, PT: ptrText{3}, M: map[string]byPtr{"k": {1}}, S: []byPtr{{1}, {2}}},
		&holder{P: &byPtr{1}, I: &byPtr{2}, A: [2]ptrText{{1}, {2}}, K: map[textKey]int{2: 1, 10: 2}, KT: map[byText]int{{1}: 1}, O: []oddByte{1, 2}, R: json.RawMessage(` { "a" : "<>` + "\u2028" + `" } `), B: bytesLike("hello")},
		[]any{nil, true, 1, int8(-1), uint64(math.MaxUint64), 1.5, float32(0.1), 1e21, 1e-7, 123456789.0, "text", '\'', 0.0, math.Copysign(0, -1), math.SmallestNonzeroFloat64},
		map[int8]string{-1: "a", 10: "b", 2: "c"}, map[uint]any{}, map[string]any(nil), []string(nil), [3]bool{true}, [2][2]int{}, map[string][]byte{"b": []byte("xyz"), "n": nil},
		json.Number("1e5"), json.Number(""), []json.Number{"1", "-0.5"},
		"\x00\x07\b\f\n\r\t\"\\/<>&\u2028\u2029\x7f\xff\xc3é日🙂", struct{}{}, new(**int), &yes,
		time.Unix(0, 1).UTC(), time.Minute, netip.MustParseAddr("::1"), address, big.NewInt(1), time.March,
		tree{"root", []*tree{{Value: 1}, nil, {"x", nil, map[string]*tree{"b": {}, "a": {Value: []int{1, 2}}}}}, nil},
	} {
		require.Equal(t, reference(t, v), string(Value(v)), "%T", v)
		wrapped := map[string]any{"in": []any{v}}
		require.Equal(t, reference(t, wrapped), string(Value(wrapped)), "%T", v)
		require.Equal(t, reference(t, v), string(Value(Unsafe{v})), "%T, unsafe", v)
	}
}

// FuzzValueOfAnyType compares the encoding of random types and values with
// encoding/json.
func FuzzValueOfAnyType(f *testing.F) {
	for seed := range uint64(64) {
		f.Add(seed, seed*7)
	}
	f.Fuzz(func(t *testing.T, a, b uint64) {
		r := rand.New(rand.NewPCG(a, b))
		v := randomValue(r, randomType(r, 4)).Interface()
		require.Equal(t, reference(t, v), string(Value(v)), "%T", v)
	})
}

var leafTypes = []reflect.Type{
	reflect.TypeFor[string](), reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[uint8](), reflect.TypeFor[int64](),
	reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[any](), reflect.TypeFor[time.Time](), reflect.TypeFor[byPtr](),
	reflect.TypeFor[byText](), reflect.TypeFor[ptrText](), reflect.TypeFor[zeroOne](), reflect.TypeFor[ptrZero](), reflect.TypeFor[oddByte](),
}

var tags = []string{"", `json:"a"`, `json:"b,omitempty"`, `json:",omitzero"`, `json:",string"`, `json:"-"`, `json:",omitempty,string"`, `json:"<é>"`}

func randomType(r *rand.Rand, depth int) reflect.Type {
	if depth == 0 {
		return leafTypes[r.IntN(len(leafTypes))]
	}
	switch inner := randomType(r, depth-1); r.IntN(7) {
	case 0:
		return reflect.SliceOf(inner)
	case 1:
		return reflect.PointerTo(inner)
	case 2:
		return reflect.ArrayOf(r.IntN(3), inner)
	case 3:
		keys := []reflect.Type{reflect.TypeFor[string](), reflect.TypeFor[int16](), reflect.TypeFor[textKey](), reflect.TypeFor[byText]()}
		return reflect.MapOf(keys[r.IntN(len(keys))], inner)
	case 4, 5:
		var fields []reflect.StructField
		for i := range r.IntN(5) {
			fields = append(fields, reflect.StructField{Name: fmt.Sprint("F", i), Type: randomType(r, depth-1), Tag: reflect.StructTag(tags[r.IntN(len(tags))])})
		}
		return reflect.StructOf(fields)
	default:
		return inner
	}
}

func randomValue(r *rand.Rand, t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	if r.IntN(5) == 0 {
		return v
	}
	switch t.Kind() {
	case reflect.String:
		b := make([]byte, r.IntN(8))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		v.SetString(string(b))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int16, reflect.Int64:
		v.SetInt(r.Int64() >> r.IntN(64))
	case reflect.Uint8:
		v.SetUint(uint64(r.IntN(256)))
	case reflect.Float32, reflect.Float64:
		v.SetFloat((r.Float64() - 0.5) * math.Pow(10, float64(r.IntN(60)-30)))
	case reflect.Interface:
		v.Set(randomValue(r, randomType(r, 2)))
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(randomValue(r, t.Elem()))
	case reflect.Slice:
		for range r.IntN(4) {
			v = reflect.Append(v, randomValue(r, t.Elem()))
		}
	case reflect.Array:
		for i := range t.Len() {
			v.Index(i).Set(randomValue(r, t.Elem()))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		for range r.IntN(4) {
			v.SetMapIndex(randomValue(r, t.Key()), randomValue(r, t.Elem()))
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).IsExported() {
				v.Field(i).Set(randomValue(r, t.Field(i).Type))
			}
		}
	}
	return v
}
