package schematest

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/testing/contract"
)

// TestChecksAgreeWithSchemas checks that the hand-written checks and the schemas refuse
// the same bodies. The bodies are valid ones with up to three changes.
func TestChecksAgreeWithSchemas(t *testing.T) {
	apis := generations(t)
	r := rand.New(rand.NewPCG(1, 2))
	refused, accepted := map[string]int{}, map[string]int{}
	for range 20_000 {
		body := goodBatch(r)
		for range r.IntN(4) {
			damage(r, body)
		}
		text, err := json.Marshal(body)
		require.NoError(t, err)
		doc, err := decode(text)
		require.NoError(t, err)
		for _, api := range apis {
			schemaSays := api.request.Validate(doc)
			checksSay := contract.Check(text, api.checks)
			require.Equal(t, schemaSays == nil, checksSay == nil,
				"API %s: the schema says %v, the checks say %v:\n%s", api.name, schemaSays, checksSay, text)
			if schemaSays == nil {
				accepted[api.name]++
			} else {
				refused[api.name]++
			}
		}
	}
	for _, api := range apis { // both outcomes must have occurred often enough
		require.Greater(t, refused[api.name], 3000)
		require.Greater(t, accepted[api.name], 3000)
	}
	t.Logf("refused %v, accepted %v", refused, accepted)
}

// TestChecksOfNoObject checks bodies that are not objects.
func TestChecksOfNoObject(t *testing.T) {
	for _, text := range []string{`null`, `7`, `"traces"`, `[]`, `{}`, `{"traces":null}`, `{"traces":{}}`, `{"traces":[]}`, `{"traces":[null]}`, `{"traces":[[]]}`} {
		doc, err := decode([]byte(text))
		require.NoError(t, err)
		for _, api := range generations(t) {
			require.Equal(t, api.request.Validate(doc) == nil, contract.Check([]byte(text), api.checks) == nil, "API %s: %s", api.name, text)
		}
	}
	for _, text := range []string{``, `{`, `{}{}`, `{"traces":[]}x`} {
		require.Error(t, contract.Check([]byte(text), contract.V05), text)
	}
}

// goodBatch returns a body that both APIs accept.
func goodBatch(r *rand.Rand) map[string]any {
	return map[string]any{"traces": several(r, 1, 3, goodTrace)}
}

func goodTrace(r *rand.Rand) any {
	return some(r, map[string]any{
		"traceId": "t", "startTime": "2026-11-23T09:30:00Z", "spans": several(r, 0, 3, goodSpan),
	}, map[string]any{
		"endTime": "2026-11-23T09:30:00.123456+01:00", "name": "n", "sessionId": "s", "source": "sdk", "environment": "staging",
		"tags": []any{"a"}, "metadata": map[string]any{"k": 1}, "status": "ok", "unknown": nil,
	})
}

func goodSpan(r *rand.Rand) any {
	return some(r, map[string]any{
		"spanId": "s", "name": "n", "kind": "tool", "startTime": "2026-11-23T09:30:00Z",
	}, map[string]any{
		"endTime": "2026-11-23T09:30:00Z", "parentSpanId": "p", "input": "i", "output": "o", "status": "ok",
		"tokens": map[string]any{"input": 1, "output": 0.5}, "model": "m", "provider": "p", "costUsd": 0, "latencyMs": 1.5, "ttftMs": 0,
		"statusMessage": "m", "error": "e", "attributes": map[string]any{}, "metadata": map[string]any{}, "unknown": 7,
		"events": []any{map[string]any{"name": "e", "timestamp": "2026-11-23T09:30:00Z", "attributes": map[string]any{}}},
	})
}

func several(r *rand.Rand, min, max int, one func(*rand.Rand) any) []any {
	list := []any{}
	for range min + r.IntN(max-min+1) {
		list = append(list, one(r))
	}
	return list
}

// some returns all of needed and a few of the rest.
func some(r *rand.Rand, needed, rest map[string]any) map[string]any {
	for _, key := range slices.Sorted(maps.Keys(rest)) {
		if r.IntN(3) == 0 {
			needed[key] = rest[key]
		}
	}
	return needed
}

// wrongValues has values of every type, at and beyond every limit.
var wrongValues = func() []any {
	values := []any{
		nil, true, "", "x", 0, -1, 0.5, -0.5, json.Number("1e400"), json.Number("-1e-400"), json.Number("-0"), json.Number("-0e5"),
		[]any{}, []any{nil}, []any{"x"}, []any{7}, map[string]any{}, map[string]any{"k": "v"}, map[string]any{"input": 1},
		map[string]any{"input": -1, "output": 1}, map[string]any{"input": 1, "output": "1"},
		"llm.chat", "rerank", "Tool", "production", "test", "sdk", "go", "\x00", "\ufffd",
	}
	for _, n := range []int{64, 128, 255, 256, 500, 512, 1024} {
		values = append(values, strings.Repeat("x", n), strings.Repeat("é", n), strings.Repeat("x", n+1), strings.Repeat("😀", n+1))
	}
	for _, time := range []string{
		"2026-11-23T09:30:00Z", "2026-11-23t09:30:00z", "2026-11-23T09:30:00", "2026-11-23 09:30:00Z", "2026-11-23T09:30:00.Z",
		"2026-11-23T09:30:00,5Z", "2026-11-23T9:30:00Z", "2026-11-31T09:30:00Z", "2026-02-29T09:30:00Z", "2024-02-29T09:30:00Z",
		"2026-11-23T24:00:00Z", "2026-11-23T09:60:00Z", "2026-11-23T09:30:60Z", "2026-11-23T09:30:00+24:00", "2026-11-23T09:30:00+14:60",
		"2026-11-23T09:30:00-00:00", "2026-11-23T09:30:00+0100", "0000-01-01T00:00:00Z", "12026-11-23T09:30:00Z", "2026-11-23T09:30:00.123456789012Z",
	} {
		values = append(values, time)
	}
	encoded := make([]any, len(values)) // encoded, so that damage does not change parts of them
	for i, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		encoded[i] = json.RawMessage(text)
	}
	return encoded
}()

// damage changes, adds or removes one member somewhere in v.
func damage(r *rand.Rand, v any) {
	switch v := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		if len(keys) == 0 {
			v["k"] = wrongValues[r.IntN(len(wrongValues))]
			return
		}
		key := keys[r.IntN(len(keys))]
		switch r.IntN(5) {
		case 0:
			delete(v, key)
		case 1, 2:
			v[key] = wrongValues[r.IntN(len(wrongValues))]
		default:
			damage(r, v[key])
		}
	case []any:
		if len(v) == 0 {
			return
		}
		i := r.IntN(len(v))
		if r.IntN(6) == 0 {
			v[i] = wrongValues[r.IntN(len(wrongValues))]
			return
		}
		damage(r, v[i])
	}
}
