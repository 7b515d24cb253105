package otlp

import (
	"encoding/binary"
	"log/slog"
	"strconv"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/jsontext"
)

// Fields of KeyValue and AnyValue.
const (
	kvKey, kvValue                 = 1, 2
	anyString, anyBool, anyInt     = 1, 2, 3
	anyDouble, anyArray, arrayItem = 4, 5, 1
)

// attributes appends attributes to a message, in the field where that message keeps
// them. Keys are valid UTF-8: they are those of this package, or value has seen to it.
type attributes struct {
	dst   []byte
	field int // number of that field; below 16
}

// text appends a string attribute. Most attributes are strings, so it computes lengths
// instead of making room for them.
func (a *attributes) text(key, s string) {
	s = valid(s)
	value := sizeBytes(len(s))
	a.open(key, value)
	a.dst = append(a.dst, anyString<<3|wireBytes)
	a.dst = binary.AppendUvarint(a.dst, uint64(len(s)))
	a.dst = append(a.dst, s...)
}

// open appends a KeyValue up to its value, which takes size bytes.
func (a *attributes) open(key string, size int) {
	a.dst = append(a.dst, byte(a.field<<3|wireBytes))
	a.dst = binary.AppendUvarint(a.dst, uint64(sizeBytes(len(key))+sizeBytes(size)))
	a.dst = append(a.dst, kvKey<<3|wireBytes)
	a.dst = binary.AppendUvarint(a.dst, uint64(len(key)))
	a.dst = append(a.dst, key...)
	a.dst = append(a.dst, kvValue<<3|wireBytes)
	a.dst = binary.AppendUvarint(a.dst, uint64(size))
}

func (a *attributes) int(key string, n int64) {
	a.open(key, 1+sizeVarint(uint64(n)))
	a.dst = appendVarint(a.dst, anyInt, uint64(n))
}

func (a *attributes) bool(key string, v bool) {
	a.open(key, 2)
	n := uint64(0)
	if v {
		n = 1
	}
	a.dst = appendVarint(a.dst, anyBool, n)
}

func (a *attributes) double(key string, v float64) {
	a.open(key, 9)
	a.dst = appendDouble(a.dst, anyDouble, v)
}

// texts appends an array of strings.
func (a *attributes) texts(key string, list []string) {
	a.array(key, len(list), func(dst []byte, i int) []byte { return appendString(dst, anyString, list[i]) })
}

func (a *attributes) array(key string, n int, item func(dst []byte, i int) []byte) {
	dst, kv := begin(a.dst, a.field)
	dst = appendString(dst, kvKey, key)
	dst, value := begin(dst, kvValue)
	dst, array := begin(dst, anyArray)
	for i := range n {
		var start int
		dst, start = begin(dst, arrayItem)
		dst = end(item(dst, i), start)
	}
	a.dst = end(end(end(dst, array), value), kv)
}

// json appends a string attribute. write appends its value.
func (a *attributes) json(key string, write func(dst []byte) []byte) {
	start := len(a.dst)
	a.dst = write(a.dst)
	a.insert(key, start)
}

// insert turns the bytes appended since start into a string attribute.
func (a *attributes) insert(key string, start int) {
	n := len(a.dst) - start
	value := sizeBytes(n)
	size := sizeBytes(sizeBytes(len(key))+sizeBytes(value)) - n
	a.dst = append(a.dst, make([]byte, size)...)
	copy(a.dst[start+size:], a.dst[start:start+n])
	whole := a.dst
	a.dst = a.dst[:start]
	a.open(key, value)
	a.dst = append(a.dst, anyString<<3|wireBytes)
	binary.AppendUvarint(a.dst, uint64(n)) // fits in front of the text
	a.dst = whole
}

// maxPrefix bounds the prefix that groups add to a key. Groups further in are left out
// of the prefix. Otherwise a hostile program could make each attribute as long as all
// the groups around it.
const maxPrefix = 256

// within returns the prefix for attributes in a group.
func within(prefix, group string) string {
	if len(prefix)+len(group)+1 > maxPrefix {
		return prefix
	}
	return prefix + group + "."
}

// value appends a frozen attribute. The members of a group become separate attributes,
// with the group's name and a dot as prefix. This is OpenTelemetry's form of
// namespaces, which every backend can search.
func (a *attributes) value(prefix string, attr slog.Attr) {
	key := attr.Key
	if key == "" {
		key = "!BADKEY" // slog's placeholder; OTLP has no empty keys
	}
	if v := attr.Value; v.Kind() == slog.KindGroup {
		for _, member := range v.Group() {
			a.value(within(prefix, key), member)
		}
		return
	}
	if prefix != "" {
		key = prefix + key
	}
	a.scalar(valid(key), attr.Value)
}

func (a *attributes) scalar(key string, v slog.Value) {
	switch v.Kind() {
	case slog.KindString:
		a.text(key, v.String())
	case slog.KindInt64:
		a.int(key, v.Int64())
	case slog.KindUint64:
		if n := v.Uint64(); n > 1<<63-1 {
			a.text(key, strconv.FormatUint(n, 10)) // OTLP has no unsigned 64-bit integers
		} else {
			a.int(key, int64(n))
		}
	case slog.KindFloat64:
		a.double(key, v.Float64())
	case slog.KindBool:
		a.bool(key, v.Bool())
	case slog.KindDuration: // in nanoseconds, as slog.JSONHandler and OpenTelemetry do
		a.int(key, int64(v.Duration()))
	case slog.KindTime:
		var clock jsontext.Clock
		text := clock.AppendTime(make([]byte, 0, 40), v.Time())
		a.text(key, strings.Trim(string(text), `"`))
	default:
		raw, _ := v.Any().(freeze.JSON)
		a.raw(key, raw)
	}
}

// maxList is the largest list, in bytes of JSON, that is sent as an array. A longer one
// is sent as text.
const maxList = 8 << 10

var parsers fastjson.ParserPool

// raw appends JSON. A scalar, or a list of scalars of one type, is sent as a value of
// that type. Anything else is sent as text, as the GenAI conventions require for
// objects on spans. Every backend can show text.
func (a *attributes) raw(key string, raw freeze.JSON) {
	if raw == "" || raw[0] == '{' || raw[0] == 'n' || len(raw) > maxList && raw[0] != '"' {
		a.text(key, string(raw))
		return
	}
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := p.Parse(string(raw))
	if err != nil {
		a.text(key, string(raw))
		return
	}
	if list, _ := v.Array(); len(list) > 0 {
		if write := writerOf(list); write != nil {
			a.array(key, len(list), func(dst []byte, i int) []byte { return write(dst, list[i]) })
			return
		}
	}
	if v.Type() == fastjson.TypeString {
		a.text(key, string(v.GetStringBytes()))
		return
	}
	write := writerOf([]*fastjson.Value{v})
	if write == nil {
		a.text(key, string(raw))
		return
	}
	dst, kv := begin(a.dst, a.field)
	dst = appendString(dst, kvKey, key)
	dst, value := begin(dst, kvValue)
	a.dst = end(end(write(dst, v), value), kv)
}

// writerOf returns a function that appends the fields of an AnyValue for an element of
// list. It returns nil if the elements are not scalars of one type.
func writerOf(list []*fastjson.Value) func([]byte, *fastjson.Value) []byte {
	var strings, bools, ints, numbers int
	for _, v := range list {
		switch v.Type() {
		case fastjson.TypeString:
			strings++
		case fastjson.TypeTrue, fastjson.TypeFalse:
			bools++
		case fastjson.TypeNumber:
			if _, err := v.Int64(); err == nil {
				ints++
			} else if f, err := v.Float64(); err == nil && jsontext.IsFinite(f) {
				numbers++
			}
		}
	}
	switch len(list) {
	case strings:
		return appendText
	case bools:
		return appendBool
	case ints:
		return appendInt
	case ints + numbers:
		return appendNumber
	}
	return nil
}

func appendText(dst []byte, v *fastjson.Value) []byte {
	return appendString(dst, anyString, string(v.GetStringBytes()))
}

func appendBool(dst []byte, v *fastjson.Value) []byte {
	n := uint64(0)
	if v.Type() == fastjson.TypeTrue {
		n = 1
	}
	return appendVarint(dst, anyBool, n)
}

func appendInt(dst []byte, v *fastjson.Value) []byte {
	return appendVarint(dst, anyInt, uint64(v.GetInt64()))
}

func appendNumber(dst []byte, v *fastjson.Value) []byte {
	return appendDouble(dst, anyDouble, v.GetFloat64())
}
