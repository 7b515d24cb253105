package mutprice

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// small is a table of one price.
const small = `[{"id":"openai","models":[{"id":"m","match":{"equals":"m"},"prices":{"input_mtok":7}}]}]`

func reset(t *testing.T) { t.Cleanup(func() { opened.Store(nil) }) }

var million = price.Call{Host: "api.openai.com", Asked: "m", Time: time.Unix(0, 0), Usage: price.Usage{Input: 1e6}}

// A file that is read takes the place of the prices before it.
func TestOpen(t *testing.T) {
	reset(t)
	path := filepath.Join(t.TempDir(), "prices.json")
	require.NoError(t, os.WriteFile(path, []byte(small), 0o600))
	require.NoError(t, Open(path))
	q, err := quoteOf(&million)
	require.NoError(t, err)
	assert.InDelta(t, 7, q.usd, 1e-12)
	assert.Equal(t, "file", q.source)
	assert.Regexp(t, "^[0-9a-f]{12}$", q.version)

	require.NoError(t, Load(bytes.NewReader(gunzip(t, "testdata/upstream.json.gz"))), "upstream's own")
	_, err = quoteOf(&million)
	assert.EqualError(t, err, `openai has no price of "m"`)
}

// A file that is none leaves the prices as they were.
func TestBadFile(t *testing.T) {
	reset(t)
	require.NoError(t, Load(strings.NewReader(small)))
	model := func(of string) string { return `[{"id":"p","models":[{"id":"m",` + of + `}]}]` }
	for text, why := range map[string]string{
		"":                              "not a list of providers, as genai-prices has them: unexpected end of JSON input",
		"{}":                            "not a list of providers",
		"[]":                            "a list without providers",
		"[{}]":                          "provider 1: a provider without an id",
		model(`"match":{"equals":"m"}`): "p: m has no prices",
		model(`"match":{},"prices":{}`): "p: m: a match is one of equals",
		model(`"match":{"regex":"("},"prices":{}`):                                                                         "p: m: error parsing regexp",
		model(`"match":{"regex":"^(?!a"},"prices":{}`):                                                                     "does not close a parenthesis",
		model(`"match":{"equals":"m"},"prices":{"input_mtok":-1}`):                                                         "a price of -1, want 0 or more",
		model(`"match":{"equals":"m"},"prices":{"input_mtok":"1"}`):                                                        "cannot unmarshal string",
		model(`"match":{"equals":"m"},"prices":{"input_mtok":1e999}`):                                                      "1e999",
		model(`"match":{"equals":"m"},"prices":{"input_mtok":{"base":1,"tiers":[{"start":-1,"price":1}]}}`):                "from -1 tokens on",
		model(`"match":{"equals":"m"},"prices":[{"prices":{},"constraint":{"start_date":"soon"}}]`):                        `"soon"`,
		model(`"match":{"equals":"m"},"prices":[{"prices":{},"constraint":{"moon":"full"}}]`):                              "a price on the condition moon",
		model(`"match":{"equals":"m"},"prices":[{"prices":{},"constraint":{"start_time":"25:00","end_time":"1:00"}}]`):     "is no time of the day",
		model(`"match":{"equals":"m"},"prices":{"input_mtok":1},"price_variants":[{"when":{},"prices":{"input_mtok":1}}]`): "other prices, and not when",
	} {
		err := Load(strings.NewReader(text))
		if assert.ErrorContains(t, err, why, text) {
			assert.True(t, strings.HasPrefix(err.Error(), "mutprice: the prices: "), err)
		}
	}
	assert.ErrorIs(t, Open(filepath.Join(t.TempDir(), "absent")), fs.ErrNotExist)
	q, err := quoteOf(&million)
	require.NoError(t, err)
	assert.InDelta(t, 7, q.usd, 1e-12)
}

// Tiers may be in any order: the highest that was come to is meant.
func TestTiers(t *testing.T) {
	reset(t)
	require.NoError(t, Load(strings.NewReader(`[{"id":"openai","models":[{"id":"m","match":{"equals":"m"},"prices":{"input_mtok":{"base":1,"tiers":[{"start":500,"price":3},{"start":200,"price":2}]}}}]}]`)))
	for tokens, rate := range map[int64]float64{200: 1, 201: 2, 500: 2, 501: 3} {
		q, err := quoteOf(&price.Call{Host: "api.openai.com", Asked: "m", Usage: price.Usage{Input: tokens}})
		require.NoError(t, err)
		assert.InDelta(t, float64(tokens)*rate/1e6, q.usd, 1e-15, tokens)
	}
}

// A program of its own reads the environment: once, and not before the first call.
func TestEnvironment(t *testing.T) {
	if os.Getenv("MUTPRICE_TEST_CHILD") != "" {
		Enable()
		_, _ = os.Stderr.WriteString("enabled\n")
		for range 3 {
			_, _ = os.Stderr.WriteString(strings.TrimSpace(explain(&million)) + "\n")
		}
		return
	}
	good, bad := filepath.Join(t.TempDir(), "good.json"), filepath.Join(t.TempDir(), "bad.json")
	require.NoError(t, os.WriteFile(good, []byte(small), 0o600))
	require.NoError(t, os.WriteFile(bad, []byte("["), 0o600))
	assert.Equal(t, "enabled\nfile 7\nfile 7\nfile 7\n", child(t, good))
	unknown := `openai has no price of "m"` + "\n"
	assert.Equal(t, "enabled\nmutprice: MUTAGENT_PRICES: "+bad+": not a list of providers, as genai-prices has them: unexpected end of JSON input; the prices of genai-prices 0.2.3 stay in force\n"+
		unknown+unknown+unknown, child(t, bad))
	assert.Equal(t, "enabled\n"+unknown+unknown+unknown, child(t, ""))
}

func explain(c *price.Call) string {
	cost := price.Of(c)
	if !cost.Known {
		return cost.Attrs[0].Value.String()
	}
	return cost.Attrs[0].Value.String() + " 7"
}

func child(t *testing.T, prices string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestEnvironment$")
	cmd.Env = append(os.Environ(), "MUTPRICE_TEST_CHILD=1", environment+"="+prices)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Run())
	return stderr.String()
}

// Nothing is parsed before the first call is priced, and then its provider alone.
func TestLazy(t *testing.T) {
	prices := embedded()
	assert.Empty(t, prices.providers)
	c := price.Call{Host: "api.anthropic.com", Asked: "claude-sonnet-4-5-20250929", Usage: price.Usage{Input: 1}}
	_, err := prices.quote("anthropic", &c)
	require.NoError(t, err)
	assert.Len(t, prices.providers, 1)
}

// Calls end in any goroutine, while others take new prices.
func TestConcurrent(t *testing.T) {
	reset(t)
	want, err := quoteOf(&price.Call{Host: "api.openai.com", Asked: "gpt-5", Usage: price.Usage{Input: 1000}})
	require.NoError(t, err)
	upstream := gunzip(t, "testdata/upstream.json.gz")
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 50 {
				if i == 0 && n%25 == 0 {
					assert.NoError(t, Load(bytes.NewReader(upstream)))
				}
				assert.NoError(t, Set("api.openai.com", "m", Rates{"input_mtok": float64(n)}))
				for host := range sellers {
					_, _ = quoteOf(&price.Call{Host: host, Asked: strconv.Itoa(n), Usage: price.Usage{Input: 1}})
				}
				got, err := quoteOf(&price.Call{Host: "api.openai.com", Asked: "gpt-5", Usage: price.Usage{Input: 1000}})
				assert.NoError(t, err)
				assert.Equal(t, want.usd, got.usd)
			}
		})
	}
	all.Wait()
	require.NoError(t, Set("api.openai.com", "m", nil))
}

// FuzzPrices: whatever a file has, to read it ends well, and no price that comes of it
// is less than nothing.
func FuzzPrices(f *testing.F) {
	f.Add([]byte(small), "m", int64(5))
	f.Add([]byte(`[{"id":"a","fallback_model_providers":["b"],"models":[{"id":"m","match":{"or":[{"starts_with":"m-"},{"and":[{"ends_with":"x"},`+
		`{"contains":"y"},{"regex":"^(?!.*-t(?:$|-))m\\d{2}"}]}]},"prices":[{"prices":{"input_mtok":{"base":1,"tiers":[{"start":200,"price":2}]}}},`+
		`{"constraint":{"start_date":"2026-08-21"},"prices":{"input_mtok":3}},{"constraint":{"start_time":"00:30:00Z","end_time":"16:30:00+01:00"},"prices":{}}],`+
		`"price_variants":[{"when":{"service_tier":"flex"},"prices":{"output_mtok":1}}]}]},{"id":"b","models":[]}]`), "m-20260821", int64(300))
	f.Fuzz(func(t *testing.T, text []byte, name string, n int64) {
		prices, err := parse(text)
		if err != nil {
			return
		}
		for id := range prices.providers {
			c := price.Call{Asked: name, Time: time.Unix(n%4e9, 0), Usage: price.Usage{Input: n, Output: n, CacheRead: n / 2, Tier: "flex"}}
			if q, err := prices.quote(id, &c); err == nil && !(q.usd >= 0) {
				t.Errorf("%s: %v", id, q.usd)
			}
		}
	})
}

// FuzzNames: so does reading a name.
func FuzzNames(f *testing.F) {
	f.Add("openai/gpt-5-20250807", "gpt-5-latest")
	prices := embedded()
	f.Fuzz(func(t *testing.T, asked, answered string) {
		for host, seller := range sellers {
			c := price.Call{Host: host, Asked: asked, Model: answered, Usage: price.Usage{Input: 1}}
			if q, err := prices.quote(seller, &c); err == nil && !(q.usd >= 0) {
				t.Errorf("%s: %v", seller, q.usd)
			}
		}
	})
}

func BenchmarkPrice(b *testing.B) {
	for _, c := range []price.Call{
		{Host: "api.openai.com", Asked: "gpt-5", Model: "gpt-5-2025-08-07"},
		{Host: "api.anthropic.com", Asked: "claude-sonnet-4-5", Model: "claude-sonnet-4-5-20250929"},
		{Host: "openrouter.ai", Asked: "openai/gpt-4o-mini"},
	} {
		c.Time = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		c.Usage = price.Usage{Input: 10000, Output: 2000, CacheRead: 8000, Tier: "default"}
		b.Run(c.Host, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !answer(&c).Known {
					b.Fatal("no price")
				}
			}
		})
		b.Run(c.Host+" with a price of its own elsewhere", func(b *testing.B) {
			require.NoError(b, Set("openai", "another", Rates{"input_mtok": 1}))
			defer func() { _ = Set("openai", "another", nil) }()
			for b.Loop() {
				if !answer(&c).Known {
					b.Fatal("no price")
				}
			}
		})
	}
}

// BenchmarkFirst is the first call of a provider.
func BenchmarkFirst(b *testing.B) {
	for _, seller := range []string{"anthropic", "google", "openai", "openrouter"} {
		b.Run(seller, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if embedded().provider(seller) == nil {
					b.Fatal("none")
				}
			}
		})
	}
}
