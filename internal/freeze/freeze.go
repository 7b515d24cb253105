// Package freeze takes values from the traced program in such a way that
// nothing the program does later can change them, and that to take them cannot
// harm it. docs/values.md says what is read of which value.
//
// Values are encoded as encoding/json does it, by a walk of our own, because
// encoding/json reads what another goroutine is about to change, follows a list
// until the stack overflows, and waits for as long as a method of the program does.
//
// Out of reach is a method that calls itself without end, such as a MarshalJSON that
// marshals its own receiver: no Go program can recover from a stack that overflows.
// It would end the program in encoding/json, too.
package freeze

import (
	"encoding/json"
	"log/slog"
	"sync"
)

// JSON is one encoded JSON value: valid, UTF-8, and nobody's to change.
// Inside a [slog.Value] it stands for what was not of an immutable kind.
type JSON []byte

// Unsafe holds a value that may be read right now, whatever its type holds: its
// locks are held, or nobody else has it. Others who are given one see the value.
type Unsafe struct{ V any }

func (u Unsafe) LogValue() slog.Value         { return slog.AnyValue(u.V) }
func (u Unsafe) MarshalJSON() ([]byte, error) { return json.Marshal(u.V) }

// What a value may cost.
const (
	maxDepth  = 200      // pointers, slices, maps in each other; readers of JSON have limits, too
	maxValues = 1 << 20  // elements and members in all
	maxBytes  = 64 << 20 // of JSON
)

// Value encodes v as encoding/json does, except that HTML is not escaped and
// an error that cannot marshal itself is its text. It never fails: what cannot
// be encoded becomes, in its place, a JSON string that begins with "!ERROR",
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
	return append(JSON(nil), w.buf...)
}

var walks = sync.Pool{New: func() any { return new(walk) }}
