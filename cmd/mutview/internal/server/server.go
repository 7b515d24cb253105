// Package server is the HTTP server of the viewer: ingestion, API and access control.
package server

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/page"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/store"
)

// Options configure who may access the server.
type Options struct {
	Token  string   // required for every request, unless empty
	Hosts  []string // accepted host names besides loopback names; "*" is any
	Logger *slog.Logger
}

// A Server answers requests with data of a store.
type Server struct {
	store *store.Store
	opts  Options
}

// New returns the handler of the whole server: API, ingestion and page.
func New(s *store.Store, opts Options) http.Handler {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	v := &Server{store: s, opts: opts}
	mux := http.NewServeMux()

	mux.HandleFunc("POST /api/traces/batch", v.takeBatch)
	mux.HandleFunc("POST /api/traces", v.takeTrace)
	mux.HandleFunc("POST /api/traces/{$}", v.takeTrace)
	mux.HandleFunc("POST /api/traces/otlp", v.takeOTLPTraces)
	mux.HandleFunc("POST /v1/traces", v.takeOTLPTraces)
	mux.HandleFunc("POST /v1/logs", v.takeOTLPLogs)

	mux.HandleFunc("GET /api/traces", v.listTraces)
	mux.HandleFunc("GET /api/traces/{$}", v.listTraces)
	mux.HandleFunc("GET /api/traces/logs", v.listLogs)
	mux.HandleFunc("GET /api/traces/{id}", v.getTrace)
	mux.HandleFunc("GET /api/traces/{id}/spans", v.listSpans)
	mux.HandleFunc("DELETE /api/traces/{id}", v.deleteTrace)

	mux.HandleFunc("GET /api/view/traces", v.viewTraces)
	mux.HandleFunc("GET /api/view/traces/{id}", v.viewTrace)
	mux.HandleFunc("GET /api/view/traces/{id}/search", v.viewSearch)
	mux.HandleFunc("GET /api/view/traces/{id}/events", v.viewEvents)
	mux.HandleFunc("GET /api/view/traces/{id}/export", v.viewExport)
	mux.HandleFunc("GET /api/view/traces/{id}/spans/{span}", v.viewSpan)
	mux.HandleFunc("GET /api/view/sessions", v.viewSessions)
	mux.HandleFunc("GET /api/view/names", v.viewNames)
	mux.HandleFunc("GET /api/view/sql", v.viewSQL)
	mux.HandleFunc("GET /api/view/live", v.live)

	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, "not_found", "there is no "+r.Method+" "+r.URL.Path)
	})
	mux.Handle("/", page.Handler())
	return v.guard(limit(mux))
}

// fail writes an error in the form of the MutagenT API.
func fail(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]string{"error": code, "message": message})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.Encode(v)
}

// failStore answers with an error of the store.
func (v *Server) failStore(w http.ResponseWriter, r *http.Request, err error) {
	var query *store.QueryError
	switch {
	case errors.As(err, &query):
		fail(w, http.StatusBadRequest, "bad_query", err.Error())
	case errors.Is(err, store.ErrNotFound):
		fail(w, http.StatusNotFound, "not_found", "there is no such trace or span here")
	case errors.Is(err, store.ErrCursor), strings.HasPrefix(err.Error(), "status "):
		fail(w, http.StatusBadRequest, "bad_request", err.Error())
	case errors.Is(err, store.ErrClosed):
		fail(w, http.StatusServiceUnavailable, "unavailable", "the viewer is being shut down")
	case r.Context().Err() != nil: // nobody reads the answer
	default:
		v.opts.Logger.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		fail(w, http.StatusInternalServerError, "internal", err.Error())
	}
}
