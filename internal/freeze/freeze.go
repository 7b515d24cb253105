// Package freeze copies values of the traced program, so that later changes are not
// seen, and reading them cannot harm the program. docs/values.md has the rules.
//
// Values are encoded like encoding/json, but by a walk of our own, because
// encoding/json reads values that another goroutine may be changing, follows cyclic
// lists until the stack overflows, and waits without limit for methods of the program.
//
// A method that recurses without end, such as a MarshalJSON that marshals its own
// receiver, still ends the program, as it does with encoding/json: no Go program can
// recover from a stack overflow.
package freeze

import (
	"encoding/json"
	"log/slog"
	"sync"
)

// JSON is one encoded JSON value: valid JSON and UTF-8. It is "" where there is none. In a
// [slog.Value] it represents a value that was not of an immutable kind.
type JSON string

// Unsafe marks a value that may be read now, even if it contains locks, because the
// caller holds them or has the only reference. Other handlers log the value itself.
type Unsafe struct{ V any }

func (u Unsafe) LogValue() slog.Value         { return slog.AnyValue(u.V) }
func (u Unsafe) MarshalJSON() ([]byte, error) { return json.Marshal(u.V) }

// Limits of one value.
const (
	maxDepth  = 200      // nested pointers, slices and maps; JSON parsers have limits, too
	maxValues = 1 << 20  // elements and members in total
	maxBytes  = 64 << 20 // of JSON
)

// Value encodes v as encoding/json does, except that HTML is not escaped, and an error
// without MarshalJSON or MarshalText is encoded as its text. It never fails: a value
// that cannot be encoded is replaced by a JSON string that begins with "!ERROR",
// "!PANIC", "!TIMEOUT" or "!UNREAD".
func Value(v any) JSON { return value(v, false) }

func value(v any, trusted bool) (raw JSON) {
	w := walks.Get().(*walk)
	w.left, w.asker = maxValues, asker{trusted: trusted}
	defer func() {
		if p := recover(); p != nil {
			raw = JSON(appendString(nil, panicText("MarshalJSON", v, p)))
		}
		w.close()
		w.reset()
		walks.Put(w)
	}()
	if u, ok := v.(Unsafe); ok {
		v, w.trusted = u.V, true
	}
	if err, ok := v.(error); ok {
		if _, ok := v.(json.Marshaler); !ok {
			v = errorText(&w.asker, err)
		}
	}
	w.any(v)
	return JSON(w.buf)
}

var walks = sync.Pool{New: func() any { return new(walk) }}
