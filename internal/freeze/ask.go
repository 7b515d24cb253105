package freeze

import (
	"reflect"
	"strings"
	"sync"
	"time"
)

// An asker calls the program's methods, for one value that is taken.
//
// A method may wait for a lock that our caller holds. So it runs in a goroutine of
// its own and is waited for no longer than the budget. A method that is late goes
// on by itself; until it returns, no other of its type is called, so that one that
// never returns costs one goroutine and one wait.
type asker struct {
	budget  time.Duration // that is left for all methods
	trusted bool          // methods are called by our caller's goroutine, however long they take
}

// A question is a method of a type.
type question struct {
	of     reflect.Type
	method string
}

// unanswered are the questions that somebody stopped waiting for.
var unanswered sync.Map

// ask calls f, a method of v, and returns what it returned, or what came in the
// way. Methods of the standard library are trusted.
func ask[T any](a *asker, method string, v any, trusted bool, f func() T) (_ T, trouble string) {
	if trusted || a.trusted {
		return try(method, v, f)
	}
	q := question{reflect.TypeOf(v), method}
	if _, late := unanswered.Load(q); late || a.budget <= 0 {
		var none T
		return none, timeout(q)
	}
	type answer struct {
		result  T
		trouble string
	}
	began := time.Now()
	answered := make(chan answer, 1)
	go func() {
		a := answer{trouble: "!PANIC: " + method + " of " + q.of.String() + ": runtime.Goexit"}
		defer func() { answered <- a }()
		a.result, a.trouble = try(method, v, f)
	}()
	timer := time.NewTimer(a.budget)
	defer timer.Stop()
	select {
	case got := <-answered:
		a.budget -= time.Since(began)
		return got.result, got.trouble
	case <-timer.C:
	}
	a.budget = 0
	unanswered.Store(q, nil)
	go func() {
		<-answered
		unanswered.Delete(q)
	}()
	var none T
	return none, timeout(q)
}

func timeout(q question) string { return "!TIMEOUT: " + q.method + " of " + q.of.String() }

// try calls f and recovers from its panic.
func try[T any](method string, v any, f func() T) (result T, trouble string) {
	defer func() {
		if p := recover(); p != nil {
			trouble = panicText(method, v, p)
		}
	}()
	return f(), ""
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
