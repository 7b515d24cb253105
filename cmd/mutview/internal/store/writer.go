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

const (
	// maxTogether is the maximum number of spans in a transaction. A larger transaction
	// would make the write-ahead log grow.
	maxTogether = 1000
	// digestEvery is the delay after which a list shows new data while ingestion never
	// pauses.
	digestEvery = 200 * time.Millisecond
	// maxBacklog is the number of spans that the index may be behind before ingestion
	// waits.
	maxBacklog = 50_000
)

// write is the data of one caller.
type write struct {
	rows   []row
	logs   []*trace.Log
	action func(*writer) error // another operation: deletion, retention
	done   chan error
}

// Add stores spans and log records; when it returns nil they are in the file.
func (s *Store) Add(ctx context.Context, spans []*trace.Span, logs []*trace.Log) error {
	w := &write{logs: logs, done: make(chan error, 1)}
	for _, span := range spans {
		r, err := newRow(span)
		if err != nil {
			return fmt.Errorf("span %s: %w", span.SpanID, err)
		}
		w.rows = append(w.rows, r)
	}
	return s.do(ctx, w)
}

func (s *Store) do(ctx context.Context, w *write) error {
	select {
	case <-s.stop:
		return ErrClosed
	default:
	}
	select {
	case s.writes <- w:
	case <-s.stop:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-w.done:
		return err
	case <-s.done:
		return ErrClosed
	}
}

// A writer is the only goroutine that changes the file.
type writer struct {
	store     *Store
	conn      *sql.Conn
	st        map[string]*sql.Stmt
	traces    map[string]int64 // row IDs of traces in the file; cleared when it grows
	resources map[string]int64
	digested  time.Time
	failed    bool // the last digest failed; the next request tries again
	backlog   int  // spans that are not indexed yet
	held      *write
}

func newWriter(s *Store) (*writer, error) {
	w := &writer{store: s, traces: map[string]int64{}, resources: map[string]int64{}}
	err := w.connect()
	if err == nil {
		err = w.query1("SELECT count(*) FROM span WHERE indexed = 0").Scan(&w.backlog)
	}
	if err != nil {
		w.close()
	}
	return w, err
}

// connect opens a connection, and replaces one that may be broken. If it fails, all
// writes fail until the next connect.
func (w *writer) connect() error {
	w.close()
	conn, err := w.store.write.Conn(context.Background())
	if err != nil {
		return err
	}
	w.conn, w.st = conn, map[string]*sql.Stmt{}
	clear(w.traces) // another may have written meanwhile
	clear(w.resources)
	if err := w.store.in.ready(w); err != nil {
		w.close()
		return err
	}
	return nil
}

func (w *writer) run() {
	defer close(w.store.done)
	defer w.close()
	for {
		switch {
		case w.held != nil:
		case w.idle():
			select {
			case w.held = <-w.store.writes:
			case answer := <-w.store.settle:
				answer <- w.digest()
			case <-w.store.stop:
				w.drain()
				return
			}
		default:
			select {
			case w.held = <-w.store.writes:
			case answer := <-w.store.settle:
				answer <- w.digest()
			case <-w.store.stop:
				w.drain()
				return
			default:
				w.rest()
			}
		}
		if w.held != nil {
			w.commit(w.collect())
		}
	}
}

func (w *writer) close() {
	for _, st := range w.st {
		st.Close()
	}
	if w.conn != nil {
		w.conn.Close()
	}
	w.conn, w.st = nil, nil
}

// idle reports whether there is no background work that can be done now.
func (w *writer) idle() bool { return w.failed || !w.store.stale.Load() && w.backlog == 0 }

// rest does work for which ingestion need not wait.
func (w *writer) rest() {
	if w.store.stale.Load() {
		w.digest()
		return
	}
	w.indexSome()
}

// drain answers requests received before the store was closed.
func (w *writer) drain() {
	for {
		select {
		case w.held = <-w.store.writes:
			w.commit(w.collect())
		default:
			w.digest()
			return
		}
	}
}

// collect takes the waiting writes, up to the size of a transaction.
func (w *writer) collect() []*write {
	list, n := []*write{w.held}, len(w.held.rows)
	w.held = nil
	for n < maxTogether && list[0].action == nil {
		select {
		case next := <-w.store.writes:
			if next.action != nil {
				w.held = next
				return list
			}
			list, n = append(list, next), n+len(next.rows)+len(next.logs)
		default:
			return list
		}
	}
	return list
}

// commit stores all writes of the list together or, if that fails, each by itself, so
// that one failing write does not affect the others.
func (w *writer) commit(list []*write) {
	if list[0].action != nil {
		list[0].done <- list[0].action(w)
		return
	}
	err := w.transaction(func() error {
		for _, one := range list {
			if err := w.put(one); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && len(list) > 1 {
		for _, one := range list {
			w.commit([]*write{one})
		}
		return
	}
	if err == nil {
		w.store.stale.Store(true)
	}
	for _, one := range list {
		if err == nil {
			w.backlog += len(one.rows) + len(one.logs)
		}
		one.done <- err
	}
	if time.Since(w.digested) > digestEvery {
		w.digest()
	}
	if w.backlog > maxBacklog {
		w.index(indexBusy)
	}
}

func (w *writer) transaction(f func() error) error {
	err := w.exec(w.store.in.begin())
	if err != nil { // the server may have restarted
		if err := w.connect(); err != nil {
			return err
		}
		if err := w.exec(w.store.in.begin()); err != nil {
			return err
		}
	}
	err = f()
	if err == nil {
		err = w.exec("COMMIT")
	}
	if err != nil {
		clear(w.traces) // row IDs of the transaction that was rolled back
		clear(w.resources)
		w.exec("ROLLBACK")
	}
	return err
}

func (w *writer) put(one *write) error {
	for _, r := range one.rows {
		if err := w.putSpan(r); err != nil {
			return err
		}
	}
	for _, l := range one.logs {
		if err := w.putLog(l); err != nil {
			return err
		}
	}
	return nil
}

const insertSpan = `INSERT INTO span (trace, span_id, parent_id, name, kind, status, start_ns, end_ns, service, model,
 tokens_in, tokens_out, tokens_cached, tokens_reasoning, cost, events, session, "user", environment, tags, input, output, resource)
 VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING RETURNING id`

const updateSpan = `UPDATE span SET parent_id=?, name=?, kind=?, status=?, start_ns=?, end_ns=?, service=?, model=?,
 tokens_in=?, tokens_out=?, tokens_cached=?, tokens_reasoning=?, cost=?, events=?, session=?, "user"=?, environment=?,
 tags=?, input=?, output=?, resource=?, indexed=0 WHERE id=?`

// columns returns the values of a span in the order of both statements.
func (r row) columns(resource int64) []any {
	s, f := r.span, r.span.Facts
	return []any{s.ParentID, s.Name, f.Kind, int(s.Status), int64(s.Start), int64(s.End), f.Service, f.Model,
		f.InputTokens, f.OutputTokens, f.CachedTokens, f.ReasoningTokens, f.CostUSD, len(s.Events),
		indexable(f.Session), f.User, f.Environment, strings.Join(f.Tags, separator), r.input, r.output, resource}
}

// maxIndexable is less than an entry of an index of PostgreSQL may have.
const maxIndexable = 1 << 10

// indexable is what is kept of a session, by which traces are found.
func indexable(text string) string {
	if len(text) <= maxIndexable {
		return text
	}
	return strings.ToValidUTF8(text[:maxIndexable], "")
}

func (w *writer) putSpan(r row) error {
	id, err := w.traceID(r.span.TraceID)
	if err != nil {
		return err
	}
	resource, err := w.resourceID(r.resource)
	if err != nil {
		return err
	}
	var span int64
	err = w.query1(insertSpan, append([]any{id, r.span.SpanID}, r.columns(resource)...)...).Scan(&span)
	if errors.Is(err, sql.ErrNoRows) {
		return w.mergeSpan(id, r)
	} else if err != nil {
		return err
	}
	_, err = w.run1("INSERT INTO payload (span, body) VALUES (?,?)", span, r.payload)
	return err
}

// mergeSpan merges r with the stored span.
func (w *writer) mergeSpan(traceID int64, r row) error {
	old := &trace.Span{TraceID: r.span.TraceID, SpanID: r.span.SpanID}
	var id int64
	var body []byte
	var resource sql.NullString
	err := w.query1(`SELECT span.id, parent_id, name, status, start_ns, end_ns, payload.body, resource.body
		FROM span JOIN payload ON payload.span = span.id LEFT JOIN resource ON resource.id = span.resource
		WHERE trace = ? AND span_id = ?`, traceID, r.span.SpanID).
		Scan(&id, &old.ParentID, &old.Name, &old.Status, &old.Start, &old.End, &body, &resource)
	if err != nil {
		return err
	}
	if err := fill(old, body, resource.String); err != nil {
		return err
	}
	merged, err := newRow(trace.Merge(old, r.span))
	if err != nil {
		return err
	}
	resourceID, err := w.resourceID(merged.resource)
	if err != nil {
		return err
	}
	if _, err := w.run1(updateSpan, append(merged.columns(resourceID), id)...); err != nil {
		return err
	}
	_, err = w.run1("UPDATE payload SET body = ? WHERE span = ?", merged.payload, id)
	return err
}

func (w *writer) putLog(l *trace.Log) error {
	body, err := marshal(logBody{Observed: l.Observed, Level: l.Level, Body: l.Body, Attributes: l.Attributes, Scope: l.Scope})
	if err != nil {
		return err
	}
	_, err = w.run1("INSERT INTO log (trace_id, span_id, time_ns, severity, body) VALUES (?,?,?,?,?)",
		l.TraceID, l.SpanID, int64(l.Time), l.Severity, body)
	if err == nil && l.TraceID != "" {
		_, err = w.run1("UPDATE trace SET stale = 1 WHERE trace_id = ? AND stale = 0", l.TraceID)
	}
	return err
}

// traceID returns the row ID of a trace and marks the trace as changed.
func (w *writer) traceID(id string) (int64, error) {
	if row, ok := w.traces[id]; ok {
		return row, nil
	}
	if len(w.traces) > 10_000 {
		clear(w.traces)
	}
	var n int64
	err := w.query1(`INSERT INTO trace (trace_id, arrived_ns) VALUES (?,?)
		ON CONFLICT (trace_id) DO UPDATE SET stale = 1 RETURNING id`, id, time.Now().UnixNano()).Scan(&n)
	if err == nil {
		w.traces[id] = n
	}
	return n, err
}

func (w *writer) resourceID(body string) (int64, error) {
	if body == "" {
		return 0, nil
	}
	if id, ok := w.resources[body]; ok {
		return id, nil
	}
	if len(w.resources) > 1000 {
		clear(w.resources)
	}
	var id int64
	err := w.query1("SELECT id FROM resource WHERE body = ?", body).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = w.query1("INSERT INTO resource (body) VALUES (?) RETURNING id", body).Scan(&id)
	}
	if err == nil {
		w.resources[body] = id
	}
	return id, err
}

var errDisconnected = errors.New("there is no connection to the database")

func (w *writer) stmt(query string) (*sql.Stmt, error) {
	if st := w.st[query]; st != nil {
		return st, nil
	}
	if w.conn == nil {
		return nil, errDisconnected
	}
	text, _ := w.store.in.bind(query, nil)
	st, err := w.conn.PrepareContext(context.Background(), text)
	if err == nil {
		w.st[query] = st
	}
	return st, err
}

func (w *writer) run1(query string, args ...any) (sql.Result, error) {
	st, err := w.stmt(query)
	if err != nil {
		return nil, err
	}
	_, args = w.store.in.bind("", args)
	return st.Exec(args...)
}

func (w *writer) exec(query string) error {
	_, err := w.run1(query)
	return err
}

// scanner is a row, or an error instead of a row.
type scanner interface{ Scan(...any) error }

type failed struct{ error }

func (f failed) Scan(...any) error { return f.error }

func (w *writer) query1(query string, args ...any) scanner {
	st, err := w.stmt(query)
	if err != nil {
		return failed{err}
	}
	_, args = w.store.in.bind("", args)
	return st.QueryRow(args...)
}
