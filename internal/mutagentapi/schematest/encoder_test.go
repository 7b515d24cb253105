package schematest

import (
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/mutagentapi"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

const (
	spanCount = 10_000
	batchSize = 50 // spans, and therefore at most 50 traces
)

// records are the records of one request.
type records [][]byte

func (r records) Len() int        { return len(r) }
func (r records) At(i int) []byte { return r[i] }

// eachBody makes bodies of random spans, and calls f with each.
func eachBody(t *testing.T, legacy bool, f func(d destination.Destination, spans []*record.Span, recs records, body []byte)) {
	m := maker{rand.New(rand.NewPCG(3, 4))}
	for range spanCount / batchSize {
		d := mutagentapi.New(mutagentapi.Options{
			Endpoint: "http://127.0.0.1", APIKey: "mt_test", Source: pick(m, "sdk", "otel", "go", m.text()),
			Environment: pick(m, "", "production", "test", m.text()), Resource: m.resource(), MaxBytes: 1 << 20, Legacy: legacy,
		})
		var spans []*record.Span
		var recs records
		for len(spans) < batchSize {
			s := m.span()
			if len(spans) > 0 && m.chance(50) {
				other := spans[m.IntN(len(spans))]
				s.TraceID, s.Trace = other.TraceID, other.Trace
			}
			rec := d.Encode(nil, s)
			if len(rec) == 0 {
				continue // a late entry without events
			}
			spans, recs = append(spans, s), append(recs, rec)
		}
		f(d, spans, recs, frame(t, d, recs, m.lost()))
	}
}

func frame(t testing.TB, d destination.Destination, recs records, lost record.Lost) []byte {
	body := d.Frame(d.Preamble(), recs, lost)
	reader := body.Open()
	defer reader.Close()
	text, err := io.ReadAll(reader)
	require.NoError(t, err)
	return text
}

func (m maker) lost() record.Lost {
	if m.chance(50) {
		return record.Lost{}
	}
	l := record.Lost{Events: 7, Truncated: 1, Masked: m.Int64N(2), Withheld: 3}
	l.Add("queue_full", 2)
	l.Add("too_large", 1)
	return l
}

// TestRandomSpans checks that requests are valid under both APIs, whatever values a
// program sets.
func TestRandomSpans(t *testing.T) {
	apis := generations(t)
	eachBody(t, false, func(d destination.Destination, _ []*record.Span, recs records, body []byte) {
		for _, api := range apis {
			mustBeValid(t, api, body)
		}
		var bare records
		for _, rec := range recs {
			if stripped := d.Strip(nil, rec); len(stripped) > 0 {
				bare = append(bare, stripped)
			}
		}
		for _, api := range apis {
			mustBeValid(t, api, frame(t, d, bare, record.Lost{}))
		}
	})
}

// TestRandomSpansLegacy checks that requests in the Python module's form are valid
// under API 0.1.
func TestRandomSpansLegacy(t *testing.T) {
	api := generations(t)[0]
	eachBody(t, true, func(_ destination.Destination, _ []*record.Span, _ records, body []byte) {
		mustBeValid(t, api, body)
	})
}

func mustBeValid(t testing.TB, api generation, body []byte) {
	t.Helper()
	doc, err := decode(body)
	require.NoError(t, err, "%s", body)
	require.NoError(t, api.request.Validate(doc), "API %s: %s", api.name, body)
}

// TestGoldenBodies checks that the golden requests of package mutagentapi are valid.
func TestGoldenBodies(t *testing.T) {
	apis := generations(t)
	for pattern, held := range map[string][]generation{"../testdata/*.json": apis, "../testdata/legacy/*.json": apis[:1]} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			body, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, api := range held {
				t.Run(api.name+"/"+filepath.Base(file), func(t *testing.T) { mustBeValid(t, api, body) })
			}
		}
	}
}
