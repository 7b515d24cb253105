package config

import (
	"cmp"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
)

// Resource lists the attributes of the process, each key once. Later sources override
// earlier ones: the host, the name of the program, OTEL_RESOURCE_ATTRIBUTES, and the
// given attributes. A given service name, or OTEL_SERVICE_NAME, overrides all.
func Resource(serviceName string, given []slog.Attr) []slog.Attr {
	var attrs []slog.Attr
	if host, err := os.Hostname(); err == nil {
		attrs = append(attrs, slog.String("host.name", host))
	}
	if exe, err := os.Executable(); err == nil {
		attrs = freeze.Upsert(attrs, slog.String("service.name", filepath.Base(exe)))
	}
	for _, a := range parseResource(os.Getenv("OTEL_RESOURCE_ATTRIBUTES")) {
		attrs = freeze.Upsert(attrs, a)
	}
	for _, a := range given {
		attrs = freeze.Upsert(attrs, a)
	}
	if name := cmp.Or(serviceName, os.Getenv("OTEL_SERVICE_NAME")); name != "" {
		attrs = freeze.Upsert(attrs, slog.String("service.name", name))
	}
	return attrs
}

// parseResource reads "key=value,key=value" with percent-encoding. As the OpenTelemetry
// specification requires, one error discards everything.
func parseResource(text string) []slog.Attr {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	var attrs []slog.Attr
	for pair := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(pair, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		value, err := url.PathUnescape(value)
		if !ok || key == "" || err != nil {
			return nil
		}
		attrs = append(attrs, slog.String(key, value))
	}
	return attrs
}
