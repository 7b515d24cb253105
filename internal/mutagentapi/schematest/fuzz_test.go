package schematest

import (
	"log/slog"
	"math/rand/v2"
	"testing"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/mutagentapi"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// FuzzBody checks that requests are valid under both APIs, whatever texts a span has.
// The rest of the span is random.
func FuzzBody(f *testing.F) {
	m := maker{rand.New(rand.NewPCG(5, 6))}
	for seed := range uint64(500) {
		f.Add(seed, m.text(), m.text(), m.text(), m.text(), m.text())
	}
	apis := generations(f)
	f.Fuzz(func(t *testing.T, seed uint64, name, kind, session, text, key string) {
		m := maker{rand.New(rand.NewPCG(seed, 0))}
		d := mutagentapi.New(mutagentapi.Options{
			Endpoint: "http://127.0.0.1", APIKey: "mt_test", Source: text, Environment: kind, MaxBytes: 1 << 20,
		})
		s := m.span()
		s.Name, s.Kind, s.EditDetails().Message = name, kind, text
		s.Trace = &record.Trace{SessionID: session, UserID: name, Tags: []string{text, key}}
		s.EditDetails().Input = record.IO{More: &record.Structured{
			Messages: []record.Message{{Role: kind, Name: name, Parts: []record.Part{{Type: key, Content: text, ID: session}}}},
		}}
		s.EditDetails().Output = record.IO{Text: text}
		s.Attributes, _ = freeze.Attrs(nil, []slog.Attr{slog.String(key, text), slog.Group(name, slog.Any(kind, []byte(text)))})
		rec := d.Encode(nil, s)
		if len(rec) == 0 {
			return // a late entry without events
		}
		for _, recs := range []records{{rec}, {rec, d.Strip(nil, rec), d.Encode(nil, m.span())}} {
			recs = whole(recs)
			for _, api := range apis {
				mustBeValid(t, api, frame(t, d, recs, m.lost()))
			}
		}
	})
}

// whole removes empty records.
func whole(recs records) (some records) {
	for _, rec := range recs {
		if len(rec) > 0 {
			some = append(some, rec)
		}
	}
	return some
}
