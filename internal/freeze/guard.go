package freeze

import (
	"reflect"
	"sync"
)

var lockerType = reflect.TypeFor[sync.Locker]()

// guard describes what in type t shows that a struct is shared between goroutines: a
// lock, an atomic or a channel. Such a struct must not be read by code that does not
// know its locking rules. guard returns "" if there is none.
//
// A struct is guarded by a lock that it contains or points to, and by a guarded struct
// that it embeds, also by pointer. Any other pointer to a guarded struct does not guard
// the struct that has it: that struct is read, and the target of the pointer is not.
func guard(t reflect.Type) string { return guardOf(t, map[reflect.Type]bool{}) }

func guardOf(t reflect.Type, seen map[reflect.Type]bool) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	switch {
	case isLock(t):
		return "a " + t.String()
	case t.Kind() == reflect.Chan:
		return "a channel"
	case t.Kind() == reflect.Array && t.Len() > 0:
		return guardOf(t.Elem(), seen)
	case t.Kind() != reflect.Struct:
		return ""
	}
	for i := range t.NumField() {
		f := t.Field(i)
		ft := f.Type
		if ft.Kind() == reflect.Pointer && (f.Anonymous || isBareLock(ft.Elem())) {
			ft = ft.Elem()
		}
		if what := guardOf(ft, seen); what != "" {
			return what
		}
	}
	return ""
}

// isLock reports whether t is a lock or an atomic. A type of size 0 is only a marker
// for go vet, as in protobuf messages, and guards nothing.
func isLock(t reflect.Type) bool {
	if t.Kind() == reflect.Interface {
		return t.Implements(lockerType)
	}
	if t.Kind() == reflect.Pointer || t.Size() == 0 {
		return false
	}
	switch t.PkgPath() {
	case "sync", "sync/atomic", "internal/sync":
		return t.Kind() == reflect.Struct
	}
	return reflect.PointerTo(t).Implements(lockerType)
}

// isBareLock reports whether t is a lock without data that it guards.
func isBareLock(t reflect.Type) bool {
	if !isLock(t) || t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && !f.Anonymous {
			return false
		}
	}
	return true
}
