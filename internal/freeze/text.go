package freeze

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// ErrorText returns err.Error(), or a text that says why it cannot be had. It
// returns "" for nil.
func ErrorText(err error) string {
	var a asker
	defer a.close()
	return errorText(&a, err)
}

func errorText(a *asker, err error) string {
	if err == nil {
		return ""
	}
	text, trouble := ask(a, "Error", err, standardError(err), func(v any) string { return v.(error).Error() })
	if trouble != "" {
		return trouble
	}
	return text
}

// AskError returns f(err), which calls methods of err and of what it wraps, or "" if they
// panic, end their goroutine, or take too long.
func AskError(err error, f func(error) string) string {
	var a asker
	defer a.close()
	answer, _ := ask(&a, "Unwrap", err, standardError(err), func(v any) string { return f(v.(error)) })
	return answer
}

// standardError reports whether err and all that it wraps are of the standard
// library: to ask one for its text is to ask them all.
func standardError(err error) bool {
	if err == nil {
		return true
	}
	if !standard(reflect.TypeOf(err)) {
		return false
	}
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		return standardError(err.Unwrap())
	case interface{ Unwrap() []error }:
		for _, e := range err.Unwrap() {
			if !standardError(e) {
				return false
			}
		}
	}
	return true
}

// Text returns what v says of itself by Error or String, what it is if it is of a
// basic type, and otherwise its JSON: package fmt would follow a cycle until the
// stack overflows.
func Text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case error:
		return ErrorText(v)
	case fmt.Stringer:
		var a asker
		defer a.close()
		text, trouble := ask(&a, "String", v, standard(reflect.TypeOf(v)), func(v any) string { return v.(fmt.Stringer).String() })
		if trouble != "" {
			return trouble
		}
		return text
	}
	return string(Value(v))
}

// panicText says that a method of v panicked with p, or "<nil>", as fmt and slog
// do, if that is only because v is a nil pointer.
func panicText(method string, v, p any) (text string) {
	if ptr := reflect.ValueOf(v); ptr.Kind() == reflect.Pointer && ptr.IsNil() {
		return "<nil>"
	}
	what := fmt.Sprintf("%T", p)
	defer func() {
		_ = recover() // from p.Error, which is the program's like the method that panicked
		text = fmt.Sprintf("!PANIC: %s of %T: %s", method, v, strings.ToValidUTF8(what, "\uFFFD"))
	}()
	switch p := p.(type) {
	case string:
		what = p
	case error:
		what = p.Error()
	}
	return ""
}

// Cut shortens s to at most n bytes without splitting a character. What is kept
// does not hold on to much that is not: a short piece of a long text is a copy.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	kept := s[:max(n, 0)]
	if len(kept) < len(s)-len(s)/4 {
		return strings.Clone(kept)
	}
	return kept
}
