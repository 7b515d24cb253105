package freeze

import (
	"reflect"
	"sync"
)

var lockerType = reflect.TypeFor[sync.Locker]()

// guard returns what a struct of type t holds that says it is shared between
// goroutines, so that its fields may be read by none that does not know the rules:
// a lock, an atomic or a channel. It returns "" for a struct that holds none.
//
// A struct that the lock is a part of is guarded by it, and so is one that has a
// pointer to a lock, or embeds one to a guarded struct. Any other pointer to a
// guarded struct is a neighbour's: the struct is read, and what the pointer leads
// to is not.
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

// isLock reports whether a t is a lock or an atomic. What has no size guards
// nothing: it is a mark for go vet, as in messages of protobuf.
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

// isBareLock reports whether t is a lock and has no data that it guards.
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
