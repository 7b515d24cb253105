package mutprice

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/price"
)

// recordings are exchanges with providers, beside the repository: too many to be in it.
var recordings = filepath.Join("..", "..", "shared", "recordings", "exchanges.jsonl.gz")

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

// TestRecordings: where a recorded answer tells its own cost, the table's price is
// within 1 % of it, or there is none. 94 of 100 calls that were charged have a cost.
// OpenRouter is apart: which of many providers answered decides its prices.
func TestRecordings(t *testing.T) {
	f, err := os.Open(recordings)
	require.NoError(t, err, "the recordings are not beside the repository, and nothing is known of prices without them")
	defer f.Close()
	in, err := gzip.NewReader(f)
	require.NoError(t, err)
	prices := embedded()
	var calls, known, priced int // known is priced or told
	right, wrong, refused := map[string]int{}, map[string][]string{}, map[string]int{}
	for lines := bufio.NewReaderSize(in, 1<<20); ; {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		var x exchange
		require.NoError(t, json.Unmarshal(line, &x))
		sold := x.sale(t)
		if sold == nil {
			continue
		}
		calls++
		seller, told := sellerOf(sold), sold.Usage.Told
		if sold.Host == vercel {
			seller = "vercel"
		}
		if answer(sold).Known {
			known++
		}
		q, err := prices.quote(sellerOf(sold), sold)
		if err != nil {
			refused[err.Error()]++
		} else {
			priced++
		}
		switch paid := sold.Usage.CostUSD; {
		case !told || err != nil || paid == 0:
		case q.usd >= paid*0.99 && q.usd <= paid*1.01:
			right[seller]++
		default:
			wrong[seller] = append(wrong[seller], strings.Join([]string{x.Src, sold.Model, strconv.FormatFloat(paid, 'g', 6, 64), strconv.FormatFloat(q.usd, 'g', 6, 64)}, " "))
		}
	}
	for _, why := range slices.Sorted(maps.Keys(refused)) {
		t.Logf("%5d %s", refused[why], why)
	}
	t.Logf("%d calls, %d with a cost, %d with a price in the table; right %v, wrong at OpenRouter %d", calls, known, priced, right, len(wrong["openrouter"]))
	delete(wrong, "openrouter")
	assert.Empty(t, wrong)
	assert.Greater(t, calls, 2000)
	assert.GreaterOrEqual(t, float64(known)/float64(calls), 0.94)
}
