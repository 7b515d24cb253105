// Package mutview puts the viewer into a Go program in development.
//
//	handler, err := mutview.New(mutview.Options{})
//	go http.ListenAndServe("127.0.0.1:3003", handler)
package mutview

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/server"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/store"
)

// Options say where traces are kept and who may see them. The zero value keeps
// them in memory and answers requests to loopback names only.
type Options struct {
	Path    string        // the SQLite file, or the URL of a PostgreSQL database; empty is memory
	Token   string        // asked of everybody, unless empty
	Hosts   []string      // names to answer to besides loopback ones; "*" is any
	MaxAge  time.Duration // traces that arrived longer ago are deleted; 0 keeps them
	MaxSize int64         // bytes of the file; above it the oldest traces are deleted; 0 is no limit
	Logger  *slog.Logger  // failures of the viewer itself; nil is silent
}

// A Handler takes traces and shows them. It is safe for concurrent use.
type Handler struct {
	http.Handler
	store *store.Store
	stop  context.CancelFunc
}

// New opens the store and returns the handler. It wants to be at the root of
// its host: clients' paths begin with /api and /v1.
func New(o Options) (*Handler, error) {
	s, err := store.Open(o.Path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	h := &Handler{Handler: server.New(s, server.Options{Token: o.Token, Hosts: o.Hosts, Logger: o.Logger}), store: s, stop: cancel}
	if o.MaxAge > 0 || o.MaxSize > 0 {
		go h.retain(ctx, o)
	}
	return h, nil
}

// retainEvery is how often old traces are looked for.
const retainEvery = time.Minute

func (h *Handler) retain(ctx context.Context, o Options) {
	for {
		if _, err := h.store.Retain(ctx, o.MaxAge, o.MaxSize); err != nil && ctx.Err() == nil && o.Logger != nil {
			o.Logger.Error("old traces were not deleted", "error", err)
		}
		select {
		case <-time.After(retainEvery):
		case <-ctx.Done():
			return
		}
	}
}

// Close ends the handler after what it was given; requests fail afterwards.
func (h *Handler) Close() error {
	h.stop()
	return h.store.Close()
}
