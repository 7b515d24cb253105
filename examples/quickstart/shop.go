package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A shop has the data that the agent can query.
type shop struct {
	lookups int
}

// A fact is a piece of information for customers.
type fact struct {
	id, text string
	score    float64
}

var facts = []fact{
	{id: "returns", text: "Goods can be sent back within 30 days."},
	{id: "delivery", text: "An order arrives two days after it has left the warehouse."},
	{id: "tracking", text: "Where an order is can be seen by its number."},
}

// search returns the facts that have words in common with the question, the best first.
func (s *shop) search(question string) []fact {
	time.Sleep(3 * time.Millisecond) // simulates a search in an index
	words := strings.Fields(strings.ToLower(question))
	var found []fact
	for _, f := range facts {
		shared := 0
		for _, w := range words {
			if strings.Contains(strings.ToLower(f.text), w) {
				shared++
			}
		}
		if f.score = float64(shared) / float64(len(words)); f.score > 0 {
			found = append(found, f)
		}
	}
	slices.SortFunc(found, func(a, b fact) int { return cmp.Compare(b.score, a.score) })
	return found
}

var errConnection = errors.New("orders database: connection reset")

// order returns an order as JSON. The first call fails with a connection error.
func (s *shop) order(arguments string) (string, error) {
	time.Sleep(8 * time.Millisecond) // simulates a query
	if s.lookups++; s.lookups == 1 {
		return "", errConnection
	}
	var order struct{ ID int }
	if err := json.Unmarshal([]byte(arguments), &order); err != nil {
		return "", fmt.Errorf("arguments: %w", err)
	}
	return fmt.Sprintf(`{"id":%d,"state":"sent","left_warehouse":"Monday"}`, order.ID), nil
}
