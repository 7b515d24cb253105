// Package mutview embeds the viewer in a Go program for development.
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

// Options configure where traces are stored and who may access them. The zero value
// stores them in memory and answers requests to loopback names only.
type Options struct {
	Path    string        // path of the SQLite file, or URL of a PostgreSQL database; empty stores in memory
	Token   string        // required for every request, unless empty
	Hosts   []string      // accepted host names besides loopback names; "*" is any
	MaxAge  time.Duration // traces that arrived longer ago are deleted; 0 keeps them
	MaxSize int64         // maximum size of the file in bytes; above it the oldest traces are deleted; 0 is no limit
	Logger  *slog.Logger  // logs failures of the viewer itself; nil discards them
}

// A Handler receives traces and shows them. It is safe for concurrent use.
type Handler struct {
	http.Handler
	store *store.Store
	stop  context.CancelFunc
}

// New opens the store and returns the handler. The handler must serve the root of its
// host, because clients' paths begin with /api and /v1.
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

// retainEvery is the interval between deletions of old traces.
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

// Close shuts down the handler after it has stored the received spans. Later requests
// fail.
func (h *Handler) Close() error {
	h.stop()
	return h.store.Close()
}
