package store

import (
	"context"
	"math"
	"slices"
	"sort"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// A Session is a group of traces with the same session ID.
type Session struct {
	ID           string     `json:"id"`
	User         string     `json:"user,omitempty"`
	Traces       int        `json:"traces"`
	Errors       int        `json:"errors,omitempty"` // traces with a failed span
	First        trace.Time `json:"first"`
	Last         trace.Time `json:"last"`
	InputTokens  int64      `json:"inputTokens,omitempty"`
	OutputTokens int64      `json:"outputTokens,omitempty"`
	CostUSD      float64    `json:"costUsd,omitempty"`
	Input        string     `json:"input,omitempty"` // input of its first trace
}

// Sessions lists the 500 newest sessions.
func (s *Store) Sessions(ctx context.Context) ([]Session, error) {
	if err := s.Settle(ctx); err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `WITH sums AS (
		SELECT session, count(*) AS traces, count(*) FILTER (WHERE errors > 0) AS errors, min(start_ns) AS first, max(start_ns) AS last,
			CAST(sum(tokens_in) AS BIGINT) AS tokens_in, CAST(sum(tokens_out) AS BIGINT) AS tokens_out, sum(cost) AS cost
		FROM trace WHERE session <> '' GROUP BY session ORDER BY last DESC LIMIT 500)
		SELECT sums.session, trace."user", trace.input, traces, sums.errors, first, last, sums.tokens_in, sums.tokens_out, sums.cost
		FROM sums JOIN trace ON trace.id = (SELECT min(id) FROM trace WHERE session = sums.session AND session <> '' AND start_ns = first)
		ORDER BY last DESC`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []Session{}
	for rows.Next() {
		var one Session
		if err := rows.Scan(&one.ID, &one.User, &one.Input, &one.Traces, &one.Errors, &one.First, &one.Last,
			&one.InputTokens, &one.OutputTokens, &one.CostUSD); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// A Name summarizes the spans of one name and kind.
type Name struct {
	Name    string  `json:"name"`
	Kind    string  `json:"kind,omitempty"`
	Count   int     `json:"count"`
	Errors  int     `json:"errors,omitempty"`
	CostUSD float64 `json:"costUsd,omitempty"`

	Duration *Percentiles `json:"duration"`         // nanoseconds
	Tokens   *Percentiles `json:"tokens,omitempty"` // of calls that used tokens, input plus output
	Cost     *Percentiles `json:"cost,omitempty"`   // dollars, of calls with a cost
}

// Percentiles describe the distribution of a value, and its latest values.
type Percentiles struct {
	P50    float64   `json:"p50"`
	P95    float64   `json:"p95"`
	P99    float64   `json:"p99"`
	Recent []float64 `json:"recent"` // the last 60, in order of arrival
}

// percentiles computes Percentiles of a list, newest first. It sorts the list.
func percentiles(list []float64) *Percentiles {
	if len(list) == 0 {
		return nil
	}
	p := &Percentiles{Recent: slices.Clone(list[:min(60, len(list))])}
	slices.Reverse(p.Recent)
	slices.Sort(list)
	p.P50, p.P95, p.P99 = quantile(list, .5), quantile(list, .95), quantile(list, .99)
	return p
}

// newest is the number of spans that Names considers.
const newest = 100_000

// Names returns percentiles of the newest ended spans by name and kind, the most
// frequent first.
func (s *Store) Names(ctx context.Context) ([]Name, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT name, kind, status, end_ns - start_ns, tokens_in + tokens_out, cost
		FROM span WHERE end_ns > 0 ORDER BY id DESC LIMIT ?`, newest)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	type key struct{ name, kind string }
	type group struct {
		Name
		durations, tokens, costs []float64
	}
	groups := map[key]*group{}
	for rows.Next() {
		var k key
		var status trace.Status
		var duration, tokens, cost float64
		if err := rows.Scan(&k.name, &k.kind, &status, &duration, &tokens, &cost); err != nil {
			return nil, err
		}
		g := groups[k]
		if g == nil {
			g = &group{Name: Name{Name: k.name, Kind: k.kind}}
			groups[k] = g
		}
		g.Count++
		g.CostUSD += cost
		if status == trace.Error {
			g.Errors++
		}
		g.durations = append(g.durations, duration)
		if tokens > 0 {
			g.tokens = append(g.tokens, tokens)
		}
		if cost > 0 {
			g.costs = append(g.costs, cost)
		}
	}
	list := []Name{}
	for _, g := range groups {
		g.Duration, g.Tokens, g.Cost = percentiles(g.durations), percentiles(g.tokens), percentiles(g.costs)
		list = append(list, g.Name)
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].Count != list[j].Count {
			return list[i].Count > list[j].Count
		}
		return list[i].Name < list[j].Name
	})
	return list[:min(len(list), 500)], rows.Err()
}

// quantile returns the nearest rank in a sorted list, which must not be empty.
func quantile(list []float64, q float64) float64 {
	return list[max(0, int(math.Ceil(q*float64(len(list))))-1)]
}
