package mutprice

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// A priced is a call that upstream's Python package has priced.
type priced struct {
	Name, Provider, Model string
	Usage                 map[string]int64
	Time                  time.Time
	Context               map[string]string
	USD                   *string
	Matched               string
	Go                    *struct{ Why string } // what is to be refused, though the package answers
}

func (p *priced) call(t *testing.T) *price.Call {
	u := price.Usage{Tier: p.Context["service_tier"], Speed: p.Context["speed"], Batch: p.Context["processing"] == "batch"}
	places := map[string]*int64{
		"input_tokens": &u.Input, "output_tokens": &u.Output, "cache_read_tokens": &u.CacheRead, "cache_write_tokens": &u.CacheWrite,
		"cache_write_1h_tokens": &u.CacheWrite1h, "cache_write_5m_tokens": new(int64), "output_reasoning_tokens": &u.Reasoning,
		"output_citation_tokens": &u.Citation, "input_audio_tokens": &u.InputAudio, "output_audio_tokens": &u.OutputAudio,
		"cache_audio_read_tokens": &u.CacheReadAudio, "input_image_tokens": &u.InputImage, "cache_image_read_tokens": &u.CacheReadImage,
		"web_searches": &u.WebSearches,
	}
	for key, n := range p.Usage {
		require.Contains(t, places, key)
		*places[key] = n
	}
	return &price.Call{Seller: p.Provider, Asked: p.Model, Model: p.Model, Time: p.Time, Usage: u}
}

// expect holds a cost against the package's.
func (p *priced) expect(t *testing.T, got float64) {
	want, err := strconv.ParseFloat(*p.USD, 64)
	require.NoError(t, err)
	assert.InDelta(t, want, got, 1e-12, "%s %s/%s", p.Name, p.Provider, p.Model)
}

func read53(t testing.TB) []priced {
	t.Helper()
	text, err := os.ReadFile("testdata/cases.json")
	require.NoError(t, err)
	return decode(t, text)
}

func readRecorded(t testing.TB) []priced { return decode(t, gunzip(t, "testdata/recorded.json.gz")) }

func decode(t testing.TB, text []byte) []priced {
	t.Helper()
	var file struct{ Cases []priced }
	require.NoError(t, json.Unmarshal(text, &file))
	return file.Cases
}

func gunzip(t testing.TB, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	r, err := gzip.NewReader(f)
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return text
}

// tables are the embedded prices, and upstream's own file.
func tables(t testing.TB) map[string]*table {
	t.Helper()
	upstream, err := parse(gunzip(t, "testdata/upstream.json.gz"))
	require.NoError(t, err)
	return map[string]*table{"embedded": embedded(), "upstream": upstream}
}

// TestCases: 53 cases that were chosen cost what upstream's package says, or are
// refused as they say.
func TestCases(t *testing.T) {
	for name, prices := range tables(t) {
		all := read53(t)
		require.Len(t, all, 53)
		refused := 0
		for _, p := range all {
			q, err := prices.quote(p.Provider, p.call(t))
			switch {
			case p.Go != nil:
				refused++
				assert.Error(t, err, "%s: %s: %s", name, p.Name, p.Go.Why)
			case p.USD == nil:
				assert.Error(t, err, "%s: %s", name, p.Name)
			case assert.NoError(t, err, "%s: %s", name, p.Name):
				p.expect(t, q.usd)
				assert.Equal(t, p.Matched, q.entry, p.Name)
			}
		}
		assert.Equal(t, 3, refused)
	}
}

// TestRecordedCases: the recorded calls come to what upstream's package says, before
// any is refused; and those that are refused are so for a reason that is known.
func TestRecordedCases(t *testing.T) {
	for name, prices := range tables(t) {
		all := readRecorded(t)
		require.Len(t, all, 1958)
		refused := map[string]int{}
		for _, p := range all {
			c := p.call(t)
			e, found := prices.find(prices.provider(p.Provider), p.Model)
			err := errors.New("no entry")
			var b bill
			if found {
				h := e.at(&c.Usage, p.Time.UTC())
				b, err = h.sum(counts(&c.Usage))
			}
			if p.USD == nil {
				assert.Error(t, err, "%s/%s", p.Provider, p.Model)
				continue
			}
			if assert.NoError(t, err, "%s/%s", p.Provider, p.Model) {
				p.expect(t, b.usd)
				assert.Equal(t, p.Matched, e.String())
			}
			if _, err := prices.quote(p.Provider, c); err != nil {
				_, why, _ := strings.Cut(err.Error(), ": ")
				refused[why]++
			}
		}
		assert.Equal(t, map[string]int{
			"the price of a request depends on more than its tokens": 15,
			"no price of its web searches":                           4,
			`no price of the service tier "priority"`:                1,
		}, refused, name)
	}
}

// TestEmbedded: every provider is whole, and all of them are upstream's.
func TestEmbedded(t *testing.T) {
	upstream := tables(t)["upstream"]
	prices := embedded()
	models := 0
	for id, want := range upstream.providers {
		text, err := unpack(id)
		require.NoError(t, err)
		got, err := parseProvider(text)
		require.NoError(t, err, id)
		assert.Equal(t, want, got, id)
		assert.Equal(t, want, prices.provider(id))
		assert.Nil(t, prices.provider(id+"?"))
		models += len(got.Models)
	}
	assert.Len(t, prices.providers, 47)
	assert.Empty(t, prices.unread)
	assert.Equal(t, 2330, models)
	assert.Equal(t, "0.2.3", prices.version)
}
