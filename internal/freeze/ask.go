package freeze

import (
	"reflect"
	"strings"
	"sync"
	"time"
)

// patience is the time that all methods of the program may take for one value.
const patience = time.Second / 2

// An asker calls the program's methods for one value. It must be closed.
//
// A method may wait for a lock that the caller holds. So the method runs in a goroutine
// of its own, and the asker waits until patience ends. A late method continues in the
// background. Until it returns, the same method of its type is not called again. A
// method that never returns therefore costs one goroutine and one wait.
type asker struct {
	trusted bool // run methods in the caller's goroutine, without a time limit
	late    bool // patience has ended
	limit   *time.Timer
}

// A question identifies a method of a type.
type question struct {
	of     reflect.Type
	method string
}

// unanswered holds the questions whose method is still running after its time limit.
var unanswered sync.Map

// ask calls f, which calls a method of v. It returns the result, or a text that says
// why there is none. Methods of the standard library are trusted.
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

// wait reports whether a method is done before patience ends. The time starts with the
// first call of wait.
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

// standardRoots has the first path elements of standard packages that have types with
// methods called here. A path alone does not prove that a package is standard: a
// module's name may have no dot.
var standardRoots = func() map[string]bool {
	roots := map[string]bool{}
	const names = "archive bufio bytes compress context crypto database debug encoding errors expvar fmt go hash html image io " +
		"log math mime net os path reflect regexp runtime strconv strings sync syscall testing text time unicode"
	for name := range strings.FieldsSeq(names) {
		roots[name] = true
	}
	return roots
}()
