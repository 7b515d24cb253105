package store

import (
	"context"
	"math"
	"slices"
	"sort"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// A Session is the traces that say they belong together.
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
	Input        string     `json:"input,omitempty"` // of its first trace
}

// Sessions lists the 500 newest sessions.
func (s *Store) Sessions(ctx context.Context) ([]Session, error) {
	if err := s.Settle(ctx); err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `WITH sums AS (
		SELECT session, count(*) AS traces, sum(errors > 0) AS errors, min(start_ns) AS first, max(start_ns) AS last,
			sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out, sum(cost) AS cost
		FROM trace WHERE session <> '' GROUP BY session ORDER BY last DESC LIMIT 500)
		SELECT sums.session, trace.user, trace.input, traces, sums.errors, first, last, sums.tokens_in, sums.tokens_out, sums.cost
		FROM sums JOIN trace ON trace.session = sums.session AND trace.session <> '' AND trace.start_ns = first
		GROUP BY sums.session ORDER BY last DESC`)
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

// A Name is what the spans of one name and kind have in common.
type Name struct {
	Name    string  `json:"name"`
	Kind    string  `json:"kind,omitempty"`
	Count   int     `json:"count"`
	Errors  int     `json:"errors,omitempty"`
	P50     int64   `json:"p50"` // nanoseconds
	P95     int64   `json:"p95"`
	P99     int64   `json:"p99"`
	Tokens  int64   `json:"tokens,omitempty"` // median of calls that used any
	CostUSD float64 `json:"costUsd,omitempty"`
	Recent  []int64 `json:"recent"` // durations of the last 60, in order of time
}

// newest is how many spans Names looks at.
const newest = 100_000

// Names gives percentiles of the newest ended spans by name and kind, the most
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
		durations, tokens []int64
	}
	groups := map[key]*group{}
	for rows.Next() {
		var k key
		var status trace.Status
		var duration, tokens int64
		var cost float64
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
	}
	list := []Name{}
	for _, g := range groups {
		g.Recent = slices.Clone(g.durations[:min(60, len(g.durations))])
		slices.Reverse(g.Recent)
		slices.Sort(g.durations)
		g.P50, g.P95, g.P99 = quantile(g.durations, .5), quantile(g.durations, .95), quantile(g.durations, .99)
		slices.Sort(g.tokens)
		g.Tokens = quantile(g.tokens, .5)
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

// quantile is the nearest rank of a sorted list.
func quantile(list []int64, q float64) int64 {
	if len(list) == 0 {
		return 0
	}
	return list[max(0, int(math.Ceil(q*float64(len(list))))-1)]
}
