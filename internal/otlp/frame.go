package otlp

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"maps"
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/gzip"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// Fields of a request and its messages. The numbers are the same for spans and log
// records.
const (
	requestResources                                    = 1
	resourceResource, resourceScopes, resourceSchemaURL = 1, 2, 3
	scopeScope, scopeSchemaURL                          = 1, 3
	scopeName, scopeVersion, scopeAttributes            = 1, 2, 3
	resourceAttributes                                  = 1
)

// Attributes of the resource.
const (
	serviceKey     = "service.name"
	environmentKey = "deployment.environment.name"
)

// appendPreamble appends the beginning of all requests of a process: the length of the
// resource as four bytes, the resource, and the scope.
func appendPreamble(dst []byte, resource []slog.Attr, environment string) []byte {
	a := attributes{dst: append(dst, 0, 0, 0, 0), field: resourceAttributes}
	start := len(a.dst)
	if !slices.ContainsFunc(resource, func(attr slog.Attr) bool { return attr.Key == serviceKey }) {
		a.text(serviceKey, "unknown_service:go") // OpenTelemetry's default
	}
	for _, attr := range resource {
		if attr.Key != environmentKey || environment == "" {
			a.value("", attr)
		}
	}
	if environment != "" {
		a.text(environmentKey, environment)
	}
	a.text("telemetry.sdk.name", record.SDKName)
	a.text("telemetry.sdk.language", "go")
	a.text("telemetry.sdk.version", record.SDKVersion)
	binary.LittleEndian.PutUint32(a.dst[start-4:], uint32(len(a.dst)-start))
	dst = appendString(a.dst, scopeName, library)
	return appendString(dst, scopeVersion, record.SDKVersion)
}

// library is the name of the instrumentation scope.
const library = "github.com/mutagent-io/mutagent-go"

// Frame makes one request of records. The records are not copied unless they must be
// converted or compressed. Losses are reported in attributes of the scope, the only
// place in OTLP that belongs to neither a span nor the process.
func (s *signal) Frame(preamble []byte, records destination.Records, lost record.Lost) *destination.Body {
	body := &destination.Body{Pieces: make([][]byte, 1, 1+records.Len())}
	size := 0
	for i := range records.Len() {
		rec := records.At(i)[spanAt:]
		body.Pieces = append(body.Pieces, rec)
		size += len(rec)
	}
	body.Pieces[0] = appendOpening(nil, preamble, size, lost)
	if s.json {
		body.Pieces = [][]byte{appendJSON(make([]byte, 0, 2*size), s.request, bytes.Join(body.Pieces, nil))}
	}
	if s.gzip {
		body.Pieces, body.Encoding = [][]byte{gzip.Append(nil, body.Pieces)}, "gzip"
	}
	return body
}

// appendOpening appends a request up to its records, which take size bytes.
func appendOpening(dst, preamble []byte, size int, lost record.Lost) []byte {
	of, scope := preambleParts(preamble)

	scopes, start := begin(nil, scopeScope)
	scopes = append(scopes, scope...)
	scopes = end(appendLost(scopes, lost), start)
	scopes = appendString(scopes, scopeSchemaURL, SchemaURL)

	resource := appendBytes(nil, resourceResource, of)
	resource = appendString(resource, resourceSchemaURL, SchemaURL)
	resource = appendOpen(resource, resourceScopes, len(scopes)+size)

	dst = appendOpen(dst, requestResources, len(resource)+len(scopes)+size)
	return append(append(dst, resource...), scopes...)
}

// preambleParts returns the resource and the scope of a preamble.
func preambleParts(preamble []byte) (resource, scope []byte) {
	if len(preamble) < 4 {
		return nil, nil
	}
	n, rest := binary.LittleEndian.Uint32(preamble), preamble[4:]
	if int64(n) > int64(len(rest)) {
		return nil, nil
	}
	return rest[:n], rest[n:]
}

// appendOpen opens a message that takes size bytes.
func appendOpen(dst []byte, field, size int) []byte {
	return binary.AppendUvarint(appendTag(dst, field, wireBytes), uint64(size))
}

func appendLost(dst []byte, lost record.Lost) []byte {
	a := attributes{dst: dst, field: scopeAttributes}
	for _, count := range []struct {
		key string
		n   int64
	}{
		{"mutagent.lost.spans", lost.Spans},
		{"mutagent.lost.events", lost.Events},
		{"mutagent.lost.truncated", lost.Truncated},
		{"mutagent.lost.masked", lost.Masked},
		{"mutagent.lost.withheld", lost.Withheld},
	} {
		if count.n != 0 {
			a.int(count.key, count.n)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(lost.Reasons)) {
		a.int("mutagent.lost.reason."+reason, lost.Reasons[reason])
	}
	return a.dst
}
