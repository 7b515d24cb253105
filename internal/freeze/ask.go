package freeze

import (
	"reflect"
	"strings"
	"sync"
	"time"
)

// patience is how long the program's methods may take, for one value.
const patience = time.Second / 2

// An asker calls the program's methods, for one value that is taken, and must be
// closed.
//
// A method may wait for a lock that our caller holds. So it runs in a goroutine of
// its own, and is waited for until patience ends. One that is late goes on by
// itself; until it returns, no other of its type is called, so that one that never
// returns costs one goroutine and one wait.
type asker struct {
	trusted bool // methods run in our caller's goroutine, however long they take
	late    bool // patience has ended
	limit   *time.Timer
}

// A question is a method of a type.
type question struct {
	of     reflect.Type
	method string
}

// unanswered are the questions that somebody stopped waiting for.
var unanswered sync.Map

// ask calls f, which calls a method of v, and returns what it returned, or what came
// in the way. Methods of the standard library are trusted.
func ask[T any](a *asker, method string, v any, trusted bool, f func(v any) T) (_ T, trouble string) {
	if trusted || a.trusted {
		return try(method, v, f)
	}
	var none T
	q := question{reflect.TypeOf(v), method}
	if _, waits := unanswered.Load(q); waits || a.late {
		return none, "!TIMEOUT: " + method + " of " + q.of.String()
	}
	got := &struct {
		result   T
		trouble  string
		returned bool
	}{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		got.result, got.trouble = try(method, v, f)
		got.returned = true
	}()
	switch {
	case !a.wait(done):
		a.late = true
		unanswered.Store(q, nil)
		go func() {
			<-done
			unanswered.Delete(q)
		}()
		return none, "!TIMEOUT: " + method + " of " + q.of.String()
	case !got.returned:
		return none, "!PANIC: " + method + " of " + q.of.String() + ": runtime.Goexit"
	}
	return got.result, got.trouble
}

// wait reports whether a method is done before patience ends, which begins with the
// first that is waited for.
func (a *asker) wait(done <-chan struct{}) bool {
	if a.limit == nil {
		a.limit = time.NewTimer(patience)
	}
	select {
	case <-done:
		return true
	case <-a.limit.C:
		return false
	}
}

func (a *asker) close() {
	if a.limit != nil {
		a.limit.Stop()
	}
}

// try calls f and recovers from its panic.
func try[T any](method string, v any, f func(v any) T) (result T, trouble string) {
	defer func() {
		if p := recover(); p != nil {
			trouble = panicText(method, v, p)
		}
	}()
	return f(v), ""
}

// standard reports whether t is a type of the standard library.
func standard(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	root, _, _ := strings.Cut(t.PkgPath(), "/")
	return root != "" && standardRoots[root]
}

// standardRoots has the packages of the standard library that have types with
// methods we call. Paths do not tell: a module may have a name without a dot.
var standardRoots = func() map[string]bool {
	roots := map[string]bool{}
	const names = "archive bufio bytes compress context crypto database debug encoding errors expvar fmt go hash html image io " +
		"log math mime net os path reflect regexp runtime strconv strings sync syscall testing text time unicode"
	for name := range strings.FieldsSeq(names) {
		roots[name] = true
	}
	return roots
}()
