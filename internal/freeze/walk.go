package freeze

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
)

// A walk encodes one value. It stays in the caller's goroutine, because the caller can
// be expected to know that the value may be read now. Only methods of the program run
// in another goroutine.
type walk struct {
	asker
	buf  []byte
	left int    // number of values still allowed
	full bool   // the limit was exceeded
	path []step // pointers, slices and maps that contain the current value
}

// A step is a pointer, slice or map on the path of the walk.
type step struct {
	typ reflect.Type
	ptr uintptr
	len int
}

// maxPooled is the largest buffer that stays in the pool.
const maxPooled = 64 << 10

func (w *walk) reset() {
	if cap(w.buf) > maxPooled {
		w.buf = nil
	}
	clear(w.path)
	w.buf, w.path, w.full = w.buf[:0], w.path[:0], false
}

// tell writes a text in place of a value.
func (w *walk) tell(text string) { w.buf = appendString(w.buf, text) }

// take counts the next value. It reports whether there is room.
func (w *walk) take(bytes int) bool {
	if w.left--; w.left >= 0 && len(w.buf)+bytes <= maxBytes {
		return true
	}
	w.overflow()
	return false
}

// overflow ends the walk. Open values are closed, and nothing more is written.
func (w *walk) overflow() {
	w.full = true
	w.tell(fmt.Sprintf("!ERROR: more than %d values or %d MiB", maxValues, maxBytes>>20))
}

// enter enters a pointer, slice or map of n elements. If it returns true, the caller
// must call leave.
func (w *walk) enter(t reflect.Type, ptr uintptr, n int) bool {
	if len(w.path) == maxDepth {
		w.tell(fmt.Sprintf("!ERROR: more than %d levels", maxDepth))
		return false
	}
	s := step{t, ptr, n}
	if slices.Contains(w.path, s) {
		w.tell("!ERROR: json: unsupported value: encountered a cycle via " + t.String())
		return false
	}
	w.path = append(w.path, s)
	return true
}

func (w *walk) leave() { w.path = w.path[:len(w.path)-1] }

// any encodes the value of an interface. The types that JSON decodes to are handled
// without reflection.
func (w *walk) any(v any) {
	if !w.take(0) {
		return
	}
	switch v := v.(type) {
	case nil:
		w.null()
	case string:
		w.string(v)
	case bool:
		w.buf = strconv.AppendBool(w.buf, v)
	case int:
		w.buf = strconv.AppendInt(w.buf, int64(v), 10)
	case int64:
		w.buf = strconv.AppendInt(w.buf, v, 10)
	case float64:
		w.float(v, 64)
	case map[string]any:
		w.object(v)
	case []any:
		w.array(v)
	case Unsafe:
		w.unsafe(v)
	default:
		planOf(reflect.TypeOf(v)).encoder()(w, reflect.ValueOf(v), false)
	}
}

func (w *walk) unsafe(v Unsafe) {
	before := w.trusted
	w.trusted = true
	w.any(v.V)
	w.trusted = before
}

func (w *walk) null() { w.buf = append(w.buf, "null"...) }

func (w *walk) string(s string) {
	if len(s) < maxPooled || w.take(len(s)) {
		w.buf = appendString(w.buf, s)
	}
}

// float writes f as ECMAScript does.
func (w *walk) float(f float64, bits int) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		w.tell("!ERROR: json: unsupported value: " + strconv.FormatFloat(f, 'g', -1, bits))
		return
	}
	abs, format := math.Abs(f), byte('f')
	if abs != 0 && (bits == 64 && (abs < 1e-6 || abs >= 1e21) || bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21)) {
		format = 'e'
	}
	w.buf = strconv.AppendFloat(w.buf, f, format, -1, bits)
	if n := len(w.buf); format == 'e' && n >= 4 && w.buf[n-4] == 'e' && w.buf[n-3] == '-' && w.buf[n-2] == '0' {
		w.buf[n-2] = w.buf[n-1]
		w.buf = w.buf[:n-1]
	}
}

func (w *walk) number(n json.Number) {
	switch {
	case n == "":
		w.buf = append(w.buf, '0')
	case !isNumber(string(n)):
		w.tell(fmt.Sprintf("!ERROR: json: invalid number literal %q", string(n)))
	default:
		w.buf = append(w.buf, n...)
	}
}

// isNumber reports whether s is a JSON number: valid JSON that begins and ends like a
// number.
func isNumber(s string) bool {
	return (s[0] == '-' || '0' <= s[0] && s[0] <= '9') && '0' <= s[len(s)-1] && s[len(s)-1] <= '9' && json.Valid([]byte(s))
}

func (w *walk) object(m map[string]any) {
	if m == nil {
		w.null()
		return
	}
	if len(m) > w.left {
		w.overflow() // there is not even room to sort the keys
		return
	}
	if !w.enter(anyMap, reflect.ValueOf(m).Pointer(), len(m)) {
		return
	}
	defer w.leave()
	var few [16]string
	keys := few[:0]
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	w.buf = append(w.buf, '{')
	for i, k := range keys {
		w.key(i, k)
		w.any(m[k])
		if w.full {
			break
		}
	}
	w.buf = append(w.buf, '}')
}

var (
	anyMap   = reflect.TypeFor[map[string]any]()
	anySlice = reflect.TypeFor[[]any]()
)

// key begins the i-th member of an object.
func (w *walk) key(i int, k string) {
	if i > 0 {
		w.buf = append(w.buf, ',')
	}
	w.buf = append(appendString(w.buf, k), ':')
}

func (w *walk) array(s []any) {
	if s == nil {
		w.null()
		return
	}
	if !w.enter(anySlice, reflect.ValueOf(s).Pointer(), len(s)) {
		return
	}
	defer w.leave()
	w.buf = append(w.buf, '[')
	for i, v := range s {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.any(v)
		if w.full {
			break
		}
	}
	w.buf = append(w.buf, ']')
}
