package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// A Summary is a trace in a list.
type Summary struct {
	TraceID      string       `json:"traceId"`
	Name         string       `json:"name"`
	Kind         string       `json:"kind,omitempty"`
	Status       trace.Status `json:"status"`
	Message      string       `json:"message,omitempty"`
	Start        trace.Time   `json:"start"`
	End          trace.Time   `json:"end,omitempty"` // 0 while a span is open
	Spans        int          `json:"spans"`
	Open         int          `json:"open,omitempty"`
	Errors       int          `json:"errors,omitempty"`
	Service      string       `json:"service,omitempty"`
	Session      string       `json:"session,omitempty"`
	User         string       `json:"user,omitempty"`
	Environment  string       `json:"environment,omitempty"`
	Tags         []string     `json:"tags,omitempty"`
	Models       []string     `json:"models,omitempty"`
	InputTokens  int64        `json:"inputTokens,omitempty"`
	OutputTokens int64        `json:"outputTokens,omitempty"`
	CostUSD      float64      `json:"costUsd,omitempty"`
	Input        string       `json:"input,omitempty"`
	Output       string       `json:"output,omitempty"`
	Resource     trace.Attrs  `json:"-"`

	row int64
}

// A Filter selects the traces of a list. Empty fields select all.
type Filter struct {
	Text        string // full text of any span, with "quoted phrases" and prefixes*
	Name        string // part of the root's name
	Kind        string
	Status      string // error: a span failed; ok: none failed; open: not ended
	Service     string
	Session     string
	User        string
	Environment string
	Tag         string
	Model       string
	MinDuration time.Duration
	Since       trace.Time
	Until       trace.Time
	TraceIDs    []string
	Cursor      string
	Limit       int // at most 500; 0 is 50
}

const summaryColumns = `trace.id, trace_id, start_ns, end_ns, spans, open, errors, name, kind, status, message, service, session,
 "user", environment, tags, models, tokens_in, tokens_out, cost, input, output, coalesce(resource.body, '')
 FROM trace LEFT JOIN resource ON resource.id = trace.resource`

// Traces lists traces, the newest first, and returns the cursor of the next page.
func (s *Store) Traces(ctx context.Context, f Filter) (list []Summary, next string, err error) {
	if err := s.Settle(ctx); err != nil {
		return nil, "", err
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	where, args, err := f.where(ctx, s)
	if err != nil {
		return nil, "", err
	}
	// The rows are found through the index alone, regardless of how many it examines.
	rows, err := s.read.QueryContext(ctx, "SELECT "+summaryColumns+" WHERE trace.id IN (SELECT id FROM trace WHERE "+where+
		" ORDER BY start_ns DESC, id DESC LIMIT ?) ORDER BY start_ns DESC, trace.id DESC", append(args, limit+1)...)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	for rows.Next() {
		t, err := scanSummary(rows)
		if err != nil {
			return nil, "", err
		}
		list = append(list, t)
	}
	if len(list) > limit {
		list = list[:limit]
		next = fmt.Sprintf("%d.%d", list[limit-1].Start, list[limit-1].row)
	}
	return list, next, rows.Err()
}

// ErrCursor means that the cursor is not from this store.
var ErrCursor = errors.New("the cursor is not one that this server gave")

func (f Filter) where(ctx context.Context, s *Store) (string, []any, error) {
	conditions, args := []string{"spans > 0"}, []any{}
	add := func(condition string, values ...any) {
		conditions, args = append(conditions, condition), append(args, values...)
	}
	for _, equal := range []struct{ column, value string }{
		{"trace.kind", f.Kind}, {"service", f.Service}, {"session", indexable(f.Session)}, {`"user"`, f.User}, {"environment", f.Environment},
	} {
		if equal.value != "" {
			add(equal.column+" = ? AND "+equal.column+" <> ''", equal.value) // the second condition is for partial indexes
		}
	}
	for _, list := range []struct{ column, value string }{{"tags", f.Tag}, {"models", f.Model}} {
		if list.value != "" {
			add("instr(?||"+list.column+"||?, ?) > 0", separator, separator, separator+list.value+separator)
		}
	}
	if f.Name != "" {
		add("instr(lower(name), lower(?)) > 0", f.Name)
	}
	switch f.Status {
	case "":
	case "error":
		add("errors > 0")
	case "ok":
		add("errors = 0 AND open = 0")
	case "open":
		add("open > 0")
	default:
		return "", nil, fmt.Errorf("status %q is none of ok, error, open", f.Status)
	}
	if f.MinDuration > 0 {
		add("end_ns - start_ns >= ?", int64(f.MinDuration))
	}
	if f.Since != 0 {
		add("start_ns >= ?", int64(f.Since))
	}
	if f.Until != 0 {
		add("start_ns < ?", int64(f.Until))
	}
	if f.TraceIDs != nil {
		add("trace_id IN (?"+strings.Repeat(",?", len(f.TraceIDs)-1)+")", anys(f.TraceIDs)...)
	}
	if f.Cursor != "" {
		var start, row int64
		if _, err := fmt.Sscanf(f.Cursor, "%d.%d", &start, &row); err != nil {
			return "", nil, ErrCursor
		}
		add("(start_ns, trace.id) < (?, ?)", start, row)
	}
	if f.Text != "" {
		ids, err := s.matching(ctx, f.Text)
		if err != nil {
			return "", nil, err
		}
		if len(ids) == 0 {
			ids = []string{"0"} // no row has this ID
		}
		add("trace.id IN (" + strings.Join(ids, ",") + ")")
	}
	return strings.Join(conditions, " AND "), args, nil
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func scanSummary(row scanner) (t Summary, err error) {
	var tags, models, resource string
	err = row.Scan(&t.row, &t.TraceID, &t.Start, &t.End, &t.Spans, &t.Open, &t.Errors, &t.Name, &t.Kind, &t.Status, &t.Message,
		&t.Service, &t.Session, &t.User, &t.Environment, &tags, &models, &t.InputTokens, &t.OutputTokens, &t.CostUSD,
		&t.Input, &t.Output, &resource)
	if err != nil {
		return t, err
	}
	t.Tags, t.Models = split(tags), split(models)
	if resource != "" {
		err = unmarshal([]byte(resource), &t.Resource)
	}
	return t, err
}

// separator separates the words of a list in one column.
const separator = "\x1f"

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, separator)
}

// Trace returns the summary of one trace, or ErrNotFound.
func (s *Store) Trace(ctx context.Context, id string) (Summary, error) {
	if err := s.Settle(ctx); err != nil {
		return Summary{}, err
	}
	t, err := scanSummary(s.read.QueryRowContext(ctx, "SELECT "+summaryColumns+" WHERE trace_id = ? AND spans > 0", id))
	if errors.Is(err, sql.ErrNoRows) {
		return t, ErrNotFound
	}
	return t, err
}

const loadColumns = `SELECT trace.trace_id, span_id, parent_id, span.name, span.status, span.start_ns, span.end_ns,
 payload.body, coalesce(resource.body, '') FROM span JOIN trace ON trace.id = span.trace
 JOIN payload ON payload.span = span.id LEFT JOIN resource ON resource.id = span.resource `

func scanSpan(row scanner) (*trace.Span, error) {
	s := new(trace.Span)
	var body []byte
	var resource string
	err := row.Scan(&s.TraceID, &s.SpanID, &s.ParentID, &s.Name, &s.Status, &s.Start, &s.End, &body, &resource)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	} else if err != nil {
		return nil, err
	}
	return s, fill(s, body, resource)
}

func (w *writer) loadByRow(row int64) (*trace.Span, error) {
	return scanSpan(w.query1(loadColumns+"WHERE span.id = ?", row))
}

// Span returns one span with all its data, or ErrNotFound.
func (s *Store) Span(ctx context.Context, traceID, spanID string) (*trace.Span, error) {
	return scanSpan(s.read.QueryRowContext(ctx, loadColumns+"WHERE trace.trace_id = ? AND span_id = ?", traceID, spanID))
}

// Spans calls f with each span of a trace, in order of their start, until f
// returns an error.
func (s *Store) Spans(ctx context.Context, traceID string, f func(*trace.Span) error) error {
	rows, err := s.read.QueryContext(ctx, loadColumns+"WHERE trace.trace_id = ? ORDER BY span.start_ns, span.id", traceID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		span, err := scanSpan(rows)
		if err != nil {
			return err
		}
		if err := f(span); err != nil {
			return err
		}
	}
	return rows.Err()
}

// A Row is a span in the tree, without its payload.
type Row struct {
	SpanID          string
	ParentID        string
	Name            string
	Kind            string
	Status          trace.Status
	Start           trace.Time
	End             trace.Time
	Model           string
	Service         string
	InputTokens     int64
	OutputTokens    int64
	CachedTokens    int64
	ReasoningTokens int64
	CostUSD         float64
	Events          int
}

// Rows returns the spans of a trace, in order of their start.
func (s *Store) Rows(ctx context.Context, traceID string) (list []Row, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT span_id, parent_id, span.name, span.kind, span.status, span.start_ns, span.end_ns,
		model, span.service, span.tokens_in, span.tokens_out, tokens_cached, tokens_reasoning, span.cost, events
		FROM span JOIN trace ON trace.id = span.trace WHERE trace.trace_id = ? ORDER BY span.start_ns, span.id`, traceID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r Row
		if err := rows.Scan(&r.SpanID, &r.ParentID, &r.Name, &r.Kind, &r.Status, &r.Start, &r.End, &r.Model, &r.Service,
			&r.InputTokens, &r.OutputTokens, &r.CachedTokens, &r.ReasoningTokens, &r.CostUSD, &r.Events); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Logs lists log records in order of arrival, starting after the cursor, of one trace
// or, with an empty id, of all.
func (s *Store) Logs(ctx context.Context, traceID string, after int64, limit int) (list []*trace.Log, err error) {
	query, args := `SELECT id, trace_id, span_id, time_ns, severity, body FROM log WHERE id > ? `, []any{after}
	if traceID != "" {
		query, args = query+"AND trace_id = ? AND trace_id <> '' ", append(args, traceID)
	}
	rows, err := s.read.QueryContext(ctx, query+"ORDER BY id LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		l := new(trace.Log)
		var raw []byte
		if err := rows.Scan(&l.ID, &l.TraceID, &l.SpanID, &l.Time, &l.Severity, &raw); err != nil {
			return nil, err
		}
		var b logBody
		if err := unmarshal(raw, &b); err != nil {
			return nil, err
		}
		l.Observed, l.Level, l.Body, l.Attributes, l.Scope = b.Observed, b.Level, b.Body, b.Attributes, b.Scope
		list = append(list, l)
	}
	return list, rows.Err()
}
