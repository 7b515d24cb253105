// Package config validates options and environment variables. Its errors name the
// option or the variable, and how to correct it.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"time"
)

// Positive returns an error if an option is negative, and sets a default if it is zero.
func Positive[T int | time.Duration](name string, v *T, fallback T) error {
	if *v < 0 {
		return fmt.Errorf("option %s is %v; it must be positive, or 0 for the default %v", name, *v, fallback)
	}
	if *v == 0 {
		*v = fallback
	}
	return nil
}

// AtMost returns an error if an option is above its limit.
func AtMost(name string, v, limit int) error {
	if v > limit {
		return fmt.Errorf("option %s is %d; it must be at most %d", name, v, limit)
	}
	return nil
}

// AtLeast returns an error if an option is below its minimum.
func AtLeast(name string, v, limit int) error {
	if v >= 0 && v < limit {
		return fmt.Errorf("option %s is %d; it must be at least %d", name, v, limit)
	}
	return nil
}

// Header returns an error if an option is invalid as the value of a header. The error
// does not quote the value, which may be secret.
func Header(option, variable, value string) error {
	for i, c := range value {
		if c <= ' ' || c > '~' {
			return fmt.Errorf("option %s has a space, a line break or another character that a header cannot carry, at position %d; copy it again into Options.%s or %s", option, i+1, option, variable)
		}
	}
	return nil
}

// Word returns an error if an option is not one of words.
func Word(option, value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return fmt.Errorf("option %s is %q; set it to one of %q", option, value, words)
}

// Endpoint returns an error if the URL of the service is invalid.
func Endpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return fmt.Errorf("option Endpoint is no URL (%w); set it to one such as https://api.mutagent.io", errors.Unwrap(err))
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("option Endpoint is %q; it must begin with https:// and a host", u.Redacted())
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("option Endpoint is %q; it must have no user, query or fragment", u.Redacted())
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return fmt.Errorf("option Endpoint is %q; the API key is not sent in the clear to another machine, use https", u.Redacted())
	}
	return nil
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
