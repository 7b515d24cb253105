// Package weavetest has functions of all signatures that support //mutagent:trace.
package weavetest

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/mutagent-io/mutagent-go"
)

//mutagent:trace kind=tool name=search
func plain(ctx context.Context, query string) (string, error) {
	return strings.ToUpper(query), ctx.Err()
}

//mutagent:trace kind=chain name="two words"
func outer(ctx context.Context) error {
	_, err := plain(ctx, "inner")
	return err
}

var errFailed = errors.New("it failed")

//mutagent:trace kind=guardrail
func fails(context.Context) error { return errFailed }

//mutagent:trace
func panics(ctx context.Context) { panic("oh no") }

//mutagent:trace kind=tool
func withoutContext(query string) (hits int, err error) { return len(query), nil }

//mutagent:trace kind=tool
func withoutError(_ context.Context, a, b int, _ string) int { return a + b }

//mutagent:trace kind=tool
func named(ctx context.Context, words ...string) (n int, joined string, err error) {
	return len(words), strings.Join(words, " "), nil
}

//mutagent:trace kind=tool
func unnamed(ctx context.Context) (int, string, error) { return 2, "two", nil }

//mutagent:trace kind=node
func generic[K comparable, V any](_ context.Context, k K, v V) (map[K]V, error) {
	return map[K]V{k: v}, nil
}

type store[T any] struct{ items []T }

//mutagent:trace kind=retrieval
func (s *store[T]) first(ctx context.Context) (item T, err error) { return s.items[0], nil }

type agent struct{ name string }

//mutagent:trace kind=agent
func (a agent) run(ctx context.Context, question string) (string, error) {
	return a.name + " does not know", nil
}

//mutagent:trace kind=agent name="GET /answer"
func serve(w http.ResponseWriter, r *http.Request) {
	_, err := plain(r.Context(), r.URL.Path)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func closure() func(context.Context, string) (string, error) {
	//mutagent:trace kind=tool name=closure
	search := func(ctx context.Context, query string) (string, error) { return query + "!", nil }
	return search
}

// clashing has names that collide with names in woven code.
//
//mutagent:trace kind=tool
func clashing(mutagent context.Context, end, span, ctx string) (context string, err error) {
	return end + span + ctx, mutagent.Err()
}

//mutagent:trace kind=tool name=cost
func woven(_ context.Context, query string) (string, error) { return query, nil }

// traced is instrumented by hand.
func traced(ctx context.Context, query string) (reply string, err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindTool, "cost")
	defer end(&err)
	span := mutagent.FromContext(ctx)
	span.SetInput(query)
	defer func() { span.SetOutput(reply) }()
	return query, nil
}
