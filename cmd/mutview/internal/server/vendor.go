package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/store"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// This file has the read API of version 0.5 of the MutagenT service.

type vendorTrace struct {
	TraceID     string      `json:"traceId"`
	ServiceName *string     `json:"serviceName"`
	SessionID   *string     `json:"sessionId"`
	StartTime   string      `json:"startTime"`
	EndTime     *string     `json:"endTime"`
	SpanCount   int         `json:"spanCount"`
	Resource    trace.Attrs `json:"resource"`
}

type vendorSpan struct {
	SpanID        string        `json:"spanId"`
	TraceID       string        `json:"traceId"`
	ParentSpanID  *string       `json:"parentSpanId"`
	Name          string        `json:"name"`
	Kind          int           `json:"kind"`
	StartTime     string        `json:"startTime"`
	EndTime       *string       `json:"endTime"`
	DurationNanos *int64        `json:"durationNanos"`
	StatusCode    int           `json:"statusCode"`
	StatusMessage *string       `json:"statusMessage"`
	Attributes    trace.Attrs   `json:"attributes"`
	Events        []vendorEvent `json:"events"`
	Links         []trace.Link  `json:"links"`
	ScopeName     *string       `json:"scopeName"`
	ScopeVersion  *string       `json:"scopeVersion"`
}

type vendorEvent struct {
	Name       string      `json:"name"`
	Timestamp  *string     `json:"timestamp"`
	Level      string      `json:"level,omitempty"`
	Source     string      `json:"source,omitempty"`
	Attributes trace.Attrs `json:"attributes"`
}

type vendorLog struct {
	ID             int64       `json:"id"`
	Time           string      `json:"time"`
	ObservedTime   *string     `json:"observedTime"`
	SeverityNumber int         `json:"severityNumber"`
	SeverityText   *string     `json:"severityText"`
	Body           any         `json:"body"`
	Attributes     trace.Attrs `json:"attributes"`
	TraceID        *string     `json:"traceId"`
	SpanID         *string     `json:"spanId"`
	ScopeName      *string     `json:"scopeName"`
}

func toVendorTrace(t store.Summary) vendorTrace {
	return vendorTrace{
		TraceID: t.TraceID, ServiceName: null(t.Service), SessionID: null(t.Session), StartTime: iso(t.Start),
		EndTime: nullTime(t.End), SpanCount: t.Spans, Resource: t.Resource,
	}
}

// toVendorSpan returns input and output as attributes with OpenInference's names,
// because the API has no fields for them.
func toVendorSpan(s *trace.Span) vendorSpan {
	out := vendorSpan{
		SpanID: s.SpanID, TraceID: s.TraceID, ParentSpanID: null(s.ParentID), Name: s.Name, Kind: s.OTelKind,
		StartTime: iso(s.Start), EndTime: nullTime(s.End), StatusCode: int(s.Status), StatusMessage: null(s.Message),
		Attributes: trace.Attrs{}, Events: []vendorEvent{}, Links: s.Links,
		ScopeName: null(s.Scope), ScopeVersion: null(s.ScopeVersion),
	}
	for k, v := range s.Attributes {
		out.Attributes[k] = v
	}
	if s.Input != nil {
		out.Attributes["input.value"] = s.Input
	}
	if s.Output != nil {
		out.Attributes["output.value"] = s.Output
	}
	if s.End != 0 {
		d := int64(s.Duration())
		out.DurationNanos = &d
	}
	for _, e := range s.Events {
		attrs := e.Attributes
		if attrs == nil {
			attrs = trace.Attrs{}
		}
		out.Events = append(out.Events, vendorEvent{Name: e.Name, Timestamp: nullTime(e.Time), Level: e.Level, Source: e.Source, Attributes: attrs})
	}
	if out.Links == nil {
		out.Links = []trace.Link{}
	}
	return out
}

func toVendorLog(l *trace.Log) vendorLog {
	attrs := l.Attributes
	if attrs == nil {
		attrs = trace.Attrs{}
	}
	return vendorLog{
		ID: l.ID, Time: iso(l.Time), ObservedTime: nullTime(l.Observed), SeverityNumber: l.Severity, SeverityText: null(l.Level),
		Body: l.Body, Attributes: attrs, TraceID: null(l.TraceID), SpanID: null(l.SpanID), ScopeName: null(l.Scope),
	}
}

func (v *Server) listTraces(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	n, ok := limitOf(w, r, 50, 200)
	if !ok {
		return
	}
	f := store.Filter{Session: q.Get("sessionId"), Status: q.Get("status"), Environment: q.Get("environment"), Cursor: q.Get("cursor"), Limit: n}
	for key, at := range map[string]*trace.Time{"startAfter": &f.Since, "startBefore": &f.Until} {
		if text := q.Get(key); text != "" {
			t, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				fail(w, http.StatusBadRequest, "bad_request", key+" "+quote(text)+" is no date-time such as 2026-01-31T12:00:00Z")
				return
			}
			*at = trace.At(t)
		}
	}
	list, next, err := v.store.Traces(r.Context(), f)
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	data := []vendorTrace{}
	for _, t := range list {
		data = append(data, toVendorTrace(t))
	}
	answer(w, http.StatusOK, map[string]any{"data": data, "nextCursor": null(next)})
}

func (v *Server) getTrace(w http.ResponseWriter, r *http.Request) {
	t, err := v.store.Trace(r.Context(), r.PathValue("id"))
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	answer(w, http.StatusOK, toVendorTrace(t))
}

func (v *Server) listSpans(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if _, err := v.store.Trace(r.Context(), id); err != nil {
		v.failStore(w, r, err)
		return
	}
	data := []vendorSpan{}
	err := v.store.Spans(r.Context(), id, func(s *trace.Span) error {
		data = append(data, toVendorSpan(s))
		return nil
	})
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"data": data})
}

func (v *Server) listLogs(w http.ResponseWriter, r *http.Request) {
	n, ok := limitOf(w, r, 100, 500)
	if !ok {
		return
	}
	var after int64
	if text := r.URL.Query().Get("cursor"); text != "" {
		var err error
		if after, err = strconv.ParseInt(text, 10, 64); err != nil {
			fail(w, http.StatusBadRequest, "bad_request", store.ErrCursor.Error())
			return
		}
	}
	list, err := v.store.Logs(r.Context(), r.URL.Query().Get("traceId"), after, n+1)
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	next := ""
	if len(list) > n {
		list = list[:n]
		next = strconv.FormatInt(list[n-1].ID, 10)
	}
	data := []vendorLog{}
	for _, l := range list {
		data = append(data, toVendorLog(l))
	}
	answer(w, http.StatusOK, map[string]any{"data": data, "nextCursor": null(next)})
}

func (v *Server) deleteTrace(w http.ResponseWriter, r *http.Request) {
	if err := v.store.Delete(r.Context(), r.PathValue("id")); err != nil {
		v.failStore(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"success": true})
}

func limitOf(w http.ResponseWriter, r *http.Request, def, most int) (int, bool) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return def, true
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		fail(w, http.StatusBadRequest, "bad_request", "limit "+quote(text)+" is not between 1 and "+strconv.Itoa(most))
		return 0, false
	}
	return n, true
}

func iso(t trace.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func null(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func nullTime(t trace.Time) *string {
	if t == 0 {
		return nil
	}
	s := iso(t)
	return &s
}
