package freeze

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// ErrorText returns err.Error(), or a text that says why it is not available. It
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

// AskError returns f(err). f calls methods of err and of the errors it wraps. AskError
// returns "" if they panic, end their goroutine, or take too long.
func AskError(err error, f func(error) string) string {
	var a asker
	defer a.close()
	answer, _ := ask(&a, "Unwrap", err, standardError(err), func(v any) string { return f(v.(error)) })
	return answer
}

// standardError reports whether err and all errors that it wraps are of the standard
// library. The Error method of one may call those of the others.
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

// Text returns v as text: by its Error or String method, directly if it is of a basic
// type, and otherwise as JSON. Package fmt would follow a cycle until the stack
// overflows.
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

// panicText returns a text for a panic p in a method of v. As in fmt and slog, the text
// is "<nil>" if the cause is that v is a nil pointer.
func panicText(method string, v, p any) (text string) {
	if ptr := reflect.ValueOf(v); ptr.Kind() == reflect.Pointer && ptr.IsNil() {
		return "<nil>"
	}
	what := fmt.Sprintf("%T", p)
	defer func() {
		_ = recover() // from p.Error, which is the program's method, too
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

// Cut shortens s to at most n bytes without splitting a character. A short piece of a
// long text is copied, so that it does not keep the text in memory.
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
