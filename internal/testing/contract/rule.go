package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A rule checks a value. path is the value's path, for the error.
type rule func(path string, v any) error

// A shape is the keys of an object that a contract defines. Other keys are allowed.
type shape []key

type key struct {
	name     string
	required bool
	rule     rule
}

func need(name string, r rule) key  { return key{name, true, r} }
func allow(name string, r rule) key { return key{name, false, r} }

func (s shape) check(path string, v any) error {
	obj, ok := v.(map[string]any)
	if !ok {
		return wrong(path, v, "an object")
	}
	for _, k := range s {
		at := strings.TrimPrefix(path+"."+k.name, ".")
		member, given := obj[k.name]
		switch {
		case given:
			if err := k.rule(at, member); err != nil {
				return err
			}
		case k.required:
			return fmt.Errorf("%s is missing", at)
		}
	}
	return nil
}

// object accepts any object.
var object = shape{}.check

// text accepts a string of min to max characters.
func text(min, max int) rule {
	return func(path string, v any) error {
		s, ok := v.(string)
		if !ok {
			return wrong(path, v, "a string")
		}
		if n := utf8.RuneCountInString(s); n < min || n > max {
			return fmt.Errorf("%s has %d characters; %d to %d are allowed", path, n, min, max)
		}
		return nil
	}
}

func anyText(path string, v any) error {
	if _, ok := v.(string); !ok {
		return wrong(path, v, "a string")
	}
	return nil
}

func oneOf(words ...string) rule {
	return func(path string, v any) error {
		if s, ok := v.(string); !ok || !slices.Contains(words, s) {
			return wrong(path, v, "one of "+strings.Join(words, ", "))
		}
		return nil
	}
}

func orNull(r rule) rule {
	return func(path string, v any) error {
		if v == nil {
			return nil
		}
		return r(path, v)
	}
}

// list accepts an array of min to max elements. A max of 0 means no limit.
func list(min, max int, element rule) rule {
	return func(path string, v any) error {
		elements, ok := v.([]any)
		if !ok {
			return wrong(path, v, "an array")
		}
		if n := len(elements); n < min || max > 0 && n > max {
			return fmt.Errorf("%s has %d elements; %d to %d are allowed", path, n, min, max)
		}
		for i := range elements {
			if err := element(path+"["+strconv.Itoa(i)+"]", elements[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// amount accepts a number that is not negative.
func amount(path string, v any) error {
	n, ok := v.(json.Number)
	if !ok {
		return wrong(path, v, "a number")
	}
	digits, _, _ := strings.Cut(strings.ToLower(n.String()), "e")
	if digits[0] == '-' && strings.ContainsAny(digits, "123456789") {
		return wrong(path, v, "0 or more")
	}
	return nil
}

// The form of RFC 3339. time.Parse accepts slightly more.
var dateTimeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func dateTime(path string, v any) error {
	s, ok := v.(string)
	if !ok || !dateTimeForm.MatchString(s) {
		return wrong(path, v, "a date-time such as 2006-01-02T15:04:05Z")
	}
	if _, err := time.Parse(time.RFC3339, strings.ToUpper(s)); err != nil {
		return wrong(path, v, "a date-time that exists")
	}
	return nil
}

// maxShown bounds how much of an invalid value an error quotes.
const maxShown = 60

func wrong(path string, v any, want string) error {
	shown := "null"
	if text, err := json.Marshal(v); err == nil {
		shown = string(text)
	}
	if runes := []rune(shown); len(runes) > maxShown {
		shown = string(runes[:maxShown]) + "…"
	}
	if path == "" {
		return errors.New("the body is " + shown + ", not " + want)
	}
	return fmt.Errorf("%s is %s, not %s", path, shown, want)
}
