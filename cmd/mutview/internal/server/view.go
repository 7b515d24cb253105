package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/genai"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/page"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/store"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// This file has the requests of the page.

func (v *Server) viewTraces(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	n, ok := limitOf(w, r, 50, 500)
	if !ok {
		return
	}
	f := store.Filter{
		Text: q.Get("q"), Name: q.Get("name"), Kind: q.Get("kind"), Status: q.Get("status"), Service: q.Get("service"),
		Session: q.Get("session"), User: q.Get("user"), Environment: q.Get("environment"), Tag: q.Get("tag"), Model: q.Get("model"),
		TraceIDs: q["trace"], Cursor: q.Get("cursor"), Limit: n,
	}
	for key, set := range map[string]func(time.Duration){
		"min":   func(d time.Duration) { f.MinDuration = d },
		"since": func(d time.Duration) { f.Since = trace.At(time.Now().Add(-d)) },
		"until": func(d time.Duration) { f.Until = trace.At(time.Now().Add(-d)) },
	} {
		if text := q.Get(key); text != "" {
			d, err := time.ParseDuration(text)
			if err != nil {
				fail(w, http.StatusBadRequest, "bad_request", key+" "+quote(text)+" is no duration such as 500ms, 2s or 24h")
				return
			}
			set(d)
		}
	}
	list, next, err := v.store.Traces(r.Context(), f)
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	if list == nil {
		list = []store.Summary{}
	}
	answer(w, http.StatusOK, map[string]any{"traces": list, "next": next})
}

// A traceView is the data of a trace that the page shows before a span is opened.
type traceView struct {
	Trace store.Summary `json:"trace"`
	Spans []spanRow     `json:"spans"`
	Logs  []logLine     `json:"logs"`
}

// spanRow is encoded as an array, because a trace may have ten thousand of them.
type spanRow struct {
	store.Row
	base trace.Time
}

// MarshalJSON writes id, parent, name, kind, status, start and duration in nanoseconds
// (the start relative to that of the trace, the duration -1 for an open span), model,
// service, tokens in and out, cost, and the number of events.
func (r spanRow) MarshalJSON() ([]byte, error) {
	duration := int64(-1)
	if r.End != 0 {
		duration = int64(r.End - r.Start)
	}
	return json.Marshal([]any{r.SpanID, r.ParentID, r.Name, r.Kind, r.Status, r.Start - r.base, duration, r.Model, r.Service,
		r.InputTokens, r.OutputTokens, r.CostUSD, r.Events})
}

type logLine struct {
	SpanID     string      `json:"spanId,omitempty"`
	Offset     int64       `json:"at"` // nanoseconds since the start of the trace
	Level      string      `json:"level,omitempty"`
	Severity   int         `json:"severity,omitempty"`
	Body       any         `json:"body,omitempty"`
	Source     string      `json:"source,omitempty"`
	Attributes trace.Attrs `json:"attributes,omitempty"`
}

// maxLogLines limits the log lines in the view of one trace.
const maxLogLines = 5000

func (v *Server) traceView(r *http.Request, id string) (t traceView, err error) {
	if t.Trace, err = v.store.Trace(r.Context(), id); err != nil {
		return t, err
	}
	rows, err := v.store.Rows(r.Context(), id)
	if err != nil {
		return t, err
	}
	for _, row := range rows {
		t.Spans = append(t.Spans, spanRow{row, t.Trace.Start})
	}
	logs, err := v.store.Logs(r.Context(), id, 0, maxLogLines)
	t.Logs = []logLine{}
	for _, l := range logs {
		line := logLine{SpanID: l.SpanID, Offset: int64(l.Time - t.Trace.Start), Level: l.Level, Severity: l.Severity, Body: l.Body, Attributes: l.Attributes}
		for _, key := range []string{"code.file.path", "code.filepath"} {
			if file, ok := l.Attributes[key]; ok {
				number := l.Attributes["code.line.number"]
				if number == nil {
					number = l.Attributes["code.lineno"]
				}
				line.Source = fmt.Sprint(file, ":", number)
			}
		}
		t.Logs = append(t.Logs, line)
	}
	return t, err
}

func (v *Server) viewTrace(w http.ResponseWriter, r *http.Request) {
	t, err := v.traceView(r, r.PathValue("id"))
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	answer(w, http.StatusOK, t)
}

// A spanView is a span with all its data.
type spanView struct {
	TraceID      string       `json:"traceId"`
	SpanID       string       `json:"spanId"`
	ParentID     string       `json:"parentId,omitempty"`
	Name         string       `json:"name"`
	Kind         string       `json:"kind,omitempty"`
	Status       trace.Status `json:"status"`
	Message      string       `json:"message,omitempty"`
	Start        string       `json:"start"`
	End          *string      `json:"end,omitempty"`
	Duration     int64        `json:"duration"` // nanoseconds
	Model        string       `json:"model,omitempty"`
	Provider     string       `json:"provider,omitempty"`
	Service      string       `json:"service,omitempty"`
	Session      string       `json:"session,omitempty"`
	User         string       `json:"user,omitempty"`
	Tags         []string     `json:"tags,omitempty"`
	Usage        usageView    `json:"usage"`
	Input        *genai.IO    `json:"input,omitempty"`
	Output       *genai.IO    `json:"output,omitempty"`
	Attributes   trace.Attrs  `json:"attributes,omitempty"`
	Resource     trace.Attrs  `json:"resource,omitempty"`
	Events       []eventView  `json:"events,omitempty"`
	Links        []trace.Link `json:"links,omitempty"`
	Scope        string       `json:"scope,omitempty"`
	ScopeVersion string       `json:"scopeVersion,omitempty"`
	Raw          rawIO        `json:"raw"`
}

type usageView struct {
	Input     int64   `json:"input,omitempty"`
	Output    int64   `json:"output,omitempty"`
	Cached    int64   `json:"cached,omitempty"`
	Reasoning int64   `json:"reasoning,omitempty"`
	CostUSD   float64 `json:"costUsd,omitempty"`
}

type eventView struct {
	Name       string      `json:"name"`
	Offset     int64       `json:"at"` // nanoseconds since the start of the span
	Level      string      `json:"level,omitempty"`
	Source     string      `json:"source,omitempty"`
	Attributes trace.Attrs `json:"attributes,omitempty"`
}

type rawIO struct {
	Input  json.RawMessage `json:"input,omitempty"`
	Output json.RawMessage `json:"output,omitempty"`
}

func toSpanView(s *trace.Span) spanView {
	f := s.Facts
	out := spanView{
		TraceID: s.TraceID, SpanID: s.SpanID, ParentID: s.ParentID, Name: s.Name, Kind: f.Kind, Status: s.Status, Message: s.Message,
		Start: iso(s.Start), End: nullTime(s.End), Duration: int64(s.Duration()), Model: f.Model, Provider: f.Provider, Service: f.Service,
		Session: f.Session, User: f.User, Tags: f.Tags,
		Usage:      usageView{f.InputTokens, f.OutputTokens, f.CachedTokens, f.ReasoningTokens, f.CostUSD},
		Attributes: s.Attributes, Resource: s.Resource, Links: s.Links, Scope: s.Scope, ScopeVersion: s.ScopeVersion,
		Raw: rawIO{s.Input, s.Output},
	}
	if io := genai.Input(s); !io.Empty() {
		out.Input = &io
	}
	if io := genai.Output(s); !io.Empty() {
		out.Output = &io
	}
	for _, e := range s.Events {
		at := int64(0)
		if e.Time != 0 {
			at = int64(e.Time - s.Start)
		}
		out.Events = append(out.Events, eventView{e.Name, at, e.Level, e.Source, e.Attributes})
	}
	return out
}

func (v *Server) viewSpan(w http.ResponseWriter, r *http.Request) {
	s, err := v.store.Span(r.Context(), r.PathValue("id"), r.PathValue("span"))
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	answer(w, http.StatusOK, toSpanView(s))
}

// viewEvents returns the events of all spans, for log lines within the tree.
func (v *Server) viewEvents(w http.ResponseWriter, r *http.Request) {
	type spanEvent struct {
		SpanID string `json:"spanId"`
		eventView
	}
	list := []spanEvent{}
	err := v.store.Spans(r.Context(), r.PathValue("id"), func(s *trace.Span) error {
		for _, e := range toSpanView(s).Events {
			list = append(list, spanEvent{s.SpanID, e})
		}
		return nil
	})
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"events": list[:min(len(list), maxLogLines)]})
}

func (v *Server) viewSearch(w http.ResponseWriter, r *http.Request) {
	ids, err := v.store.SpansWith(r.Context(), r.PathValue("id"), r.URL.Query().Get("q"))
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"spans": ids})
}

func (v *Server) viewSessions(w http.ResponseWriter, r *http.Request) {
	list, err := v.store.Sessions(r.Context())
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"sessions": list})
}

func (v *Server) viewNames(w http.ResponseWriter, r *http.Request) {
	list, err := v.store.Names(r.Context())
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"names": list})
}

// viewSQL executes a read-only query.
func (v *Server) viewSQL(w http.ResponseWriter, r *http.Request) {
	table, err := v.store.Query(r.Context(), r.URL.Query().Get("q"))
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	answer(w, http.StatusOK, table)
}

// viewExport returns a trace as one file: html, json or otlp.
func (v *Server) viewExport(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	t, err := v.traceView(r, id)
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	spans := map[string]spanView{}
	var list []*trace.Span
	err = v.store.Spans(r.Context(), id, func(s *trace.Span) error {
		spans[s.SpanID] = toSpanView(s)
		list = append(list, s)
		return nil
	})
	if err != nil {
		v.failStore(w, r, err)
		return
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	switch format := r.URL.Query().Get("format"); format {
	case "", "html":
		e.Encode(map[string]any{"view": t, "spans": spans})
		file, err := page.Export(b.Bytes())
		if err != nil {
			v.failStore(w, r, err)
			return
		}
		attach(w, "text/html; charset=utf-8", "trace-"+fileName(id)+".html", file)
	case "json":
		data := []vendorSpan{}
		for _, s := range list {
			data = append(data, toVendorSpan(s))
		}
		e.SetIndent("", " ")
		e.Encode(map[string]any{"trace": toVendorTrace(t.Trace), "spans": data, "logs": t.Logs})
		attach(w, "application/json", "trace-"+fileName(id)+".json", b.Bytes())
	case "otlp":
		e.Encode(otlpExport(list))
		attach(w, "application/json", "trace-"+fileName(id)+".otlp.json", b.Bytes())
	default:
		fail(w, http.StatusBadRequest, "bad_request", "format "+quote(format)+" is none of html, json, otlp")
	}
}

func attach(w http.ResponseWriter, contentType, name string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Content-Security-Policy", "sandbox")
	w.Write(body)
}

// fileName returns the characters of id that are safe in a file name.
func fileName(id string) string {
	out := []byte{}
	for i := 0; i < len(id) && i < 64; i++ {
		if c := id[i]; c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' {
			out = append(out, c)
		}
	}
	return string(out)
}

// beat is the interval of keep-alive messages in an idle stream.
const beat = 15 * time.Second

// live notifies the page of changed traces, at most ten times a second.
func (v *Server) live(w http.ResponseWriter, r *http.Request) {
	l := v.store.Listen()
	defer l.Close()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	stream := http.NewResponseController(w)
	stream.SetWriteDeadline(time.Time{})
	fmt.Fprint(w, ": hello\n\n")
	stream.Flush()
	for {
		select {
		case <-l.C:
			ids, more := l.Take()
			data, _ := json.Marshal(map[string]any{"traces": ids, "more": more})
			fmt.Fprintf(w, "event: change\ndata: %s\n\n", data)
		case <-time.After(beat):
			fmt.Fprint(w, ": still here\n\n")
		case <-r.Context().Done():
			return
		}
		if stream.Flush() != nil {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-r.Context().Done():
			return
		}
	}
}
