package mutprice

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/price"
)

// The recorded exchanges with providers are too many for the repository: it has what
// their price depends on. To read that from them anew, as after a change of what the
// tap reads, run the test with this flag.
var recordings = flag.String("recordings", "", "read testdata/sales.json.gz anew from this file of exchanges (JSON lines, gzip)")

const sales = "testdata/sales.json.gz"

// An exchange is a recorded request and its answer.
type exchange struct {
	Src, URL, Method, ReqCT, CT, Enc string
	Status                           int
	Req, Req64, Body, Body64         string
}

func either(t *testing.T, text, encoded string) []byte {
	if encoded == "" {
		return []byte(text)
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	return data
}

var (
	taken   = regexp.MustCompile(`<([A-Z_0-9]+)>`) // out of an address
	created = regexp.MustCompile(`"created(?:_at)?"\s*:\s*(\d{10})\b`)
)

// sale returns what the price of the exchange depends on, as the tap reads it, or nil
// if it is no successful call of a model at a host of a provider's.
func (x *exchange) sale(t *testing.T) *price.Call {
	u, err := url.Parse(taken.ReplaceAllString(x.URL, "us-east-1"))
	if err != nil || x.Method != "POST" || x.Status >= 300 {
		return nil
	}
	c := genai.Recognise(u)
	if c == nil {
		return nil
	}
	var request genai.Excerpt
	_, _ = request.Write(either(t, x.Req, x.Req64))
	if !c.Request(&request) {
		return nil
	}
	body := either(t, x.Body, x.Body64)
	if x.Enc == "gzip" {
		if r, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			if plain, err := io.ReadAll(r); err == nil {
				body = plain
			}
		}
	}
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	if m := created.FindSubmatch(body); m != nil {
		seconds, _ := strconv.ParseInt(string(m[1]), 10, 64)
		at = time.Unix(seconds, 0).UTC()
	}
	c.Answer(x.CT)
	c.Write(body)
	c.Close()
	sold := c.Sale(at)
	if sold.Usage.None() || sellerOf(sold) == "" && !slices.Contains(hosted, u.Hostname()) {
		return nil
	}
	return sold
}

// hosted are the gateways and hosts in the recordings whose calls are charged, and that
// are no sellers of the table.
var hosted = []string{
	"ai-gateway.vercel.sh", "router.huggingface.co", "api-inference.huggingface.co", "adb-138962681435081.1.azuredatabricks.net",
	"api.portkey.ai", "gateway.pydantic.dev", "api.deepgram.com",
}

// readSales reads what was sold from recordings, and keeps it.
func readSales(t *testing.T) {
	t.Helper()
	f, err := os.Open(*recordings)
	require.NoError(t, err)
	defer f.Close()
	in, err := gzip.NewReader(f)
	require.NoError(t, err)
	var all []*price.Call
	for lines := json.NewDecoder(in); lines.More(); {
		var x exchange
		require.NoError(t, lines.Decode(&x))
		if sold := x.sale(t); sold != nil {
			all = append(all, sold)
		}
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	require.NoError(t, json.NewEncoder(w).Encode(all))
	require.NoError(t, w.Close())
	require.NoError(t, os.WriteFile(sales, packed.Bytes(), 0o666))
}

// TestRecordings: where a recorded answer tells its own cost, the table's price is
// within 1 % of it, or there is none. 94 of 100 calls that were charged have a cost.
// OpenRouter is apart: which of many providers answered decides its prices.
func TestRecordings(t *testing.T) {
	if *recordings != "" {
		readSales(t)
	}
	var all []*price.Call
	require.NoError(t, json.Unmarshal(gunzip(t, sales), &all))
	prices := embedded()
	var known, priced int // known is priced or told
	right, wrong, refused := map[string]int{}, map[string][]string{}, map[string]int{}
	for _, sold := range all {
		if answer(sold).Known {
			known++
		}
		seller := sellerOf(sold)
		q, err := prices.quote(seller, sold)
		if err != nil {
			refused[err.Error()]++
			continue
		}
		priced++
		if sold.Host == vercel {
			seller = "vercel"
		}
		switch paid := sold.Usage.CostUSD; {
		case paid == 0:
		case q.usd >= paid*0.99 && q.usd <= paid*1.01:
			right[seller]++
		default:
			wrong[seller] = append(wrong[seller], fmt.Sprintf("%s: paid %g, priced %g", sold.Model, paid, q.usd))
		}
	}
	for _, why := range slices.Sorted(maps.Keys(refused)) {
		t.Logf("%5d %s", refused[why], why)
	}
	t.Logf("%d calls, %d with a cost, %d with a price in the table; right %v, wrong at OpenRouter %d", len(all), known, priced, right, len(wrong["openrouter"]))
	assert.Len(t, all, 2523)
	assert.Equal(t, map[string]int{"avian": 6, "openrouter": 145, "perplexity": 2, "vercel": 66, "x-ai": 79}, right)
	delete(wrong, "openrouter")
	assert.Empty(t, wrong)
	assert.GreaterOrEqual(t, float64(known)/float64(len(all)), 0.94)
}
