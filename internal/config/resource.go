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

// Resource lists what describes the process, each key once: its host, its name, what
// OTEL_RESOURCE_ATTRIBUTES says, and what is given, the later ones before the
// earlier. A service name that is given, or OTEL_SERVICE_NAME, comes before all.
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

// parseResource reads "key=value,key=value" with percent-encoding. As the
// OpenTelemetry specification asks, one error discards everything.
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
