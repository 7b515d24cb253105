package store

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

func queried(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	span := &trace.Span{TraceID: "t", SpanID: "s", Name: "chat", Start: 1, End: 5, Attributes: trace.Attrs{"gen_ai.request.model": "m", "word": "zanzibar"}}
	if err := s.Add(context.Background(), []*trace.Span{span}, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestQuery(t *testing.T) {
	for _, path := range []string{"", filepath.Join(t.TempDir(), "x.db")} {
		s := queried(t, path)
		for query, want := range map[string]string{
			"SELECT name, end_ns - start_ns AS took, model FROM span":                                    "chat",
			"SELECT trace_id FROM trace":                                                                 "t",
			"SELECT json_extract(body, '$.a.word') FROM payload":                                         "zanzibar",
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 3) SELECT 'x', i FROM n": "x",
			"SELECT name FROM pragma_table_info('span') WHERE name = 'model'":                            "model",
		} {
			got, err := s.Query(context.Background(), query)
			if err != nil || len(got.Rows) == 0 || got.Rows[0][0] != want {
				t.Errorf("%s: %v, %v", query, got, err)
			}
		}
	}
}

// Hostile queries are rejected, and the store continues to work.
func TestQueryCannotHarm(t *testing.T) {
	for _, path := range []string{"", filepath.Join(t.TempDir(), "x.db")} {
		s := queried(t, path)
		for _, query := range []string{
			"", ";", "-- nothing", "nonsense", "SELECT * FROM nowhere",
			"DELETE FROM span", "UPDATE span SET name = ''", "INSERT INTO span DEFAULT VALUES", "REPLACE INTO resource VALUES (1, '')",
			"DROP TABLE span", "CREATE TABLE x (y)", "CREATE TEMP TABLE x (y)", "CREATE TEMP VIEW x AS SELECT 1", "ALTER TABLE span RENAME TO x",
			"SELECT 1; DELETE FROM span", "WITH x AS (SELECT 1) DELETE FROM span", "DELETE FROM span RETURNING *",
			"ATTACH '/tmp/mutview-attached.db' AS x", "DETACH main", "VACUUM", "VACUUM INTO '/tmp/mutview-copy.db'", "REINDEX", "ANALYZE",
			"PRAGMA query_only = 0", "PRAGMA writable_schema = 1", "PRAGMA journal_mode = delete", "PRAGMA wal_checkpoint(truncate)", "PRAGMA cache_size = -4000000", "PRAGMA hard_heap_limit = 0",
			"SELECT * FROM pragma_query_only(0)", "SELECT * FROM pragma_journal_mode('delete')",
			"BEGIN", "BEGIN IMMEDIATE", "SAVEPOINT x", "ROLLBACK", "COMMIT",
			"SELECT load_extension('/tmp/x.so')", "SELECT readfile('/etc/passwd')", "SELECT writefile('/tmp/x', 'y')", "SELECT edit('x')",
			"INSERT INTO search (search) VALUES ('rebuild')", "INSERT INTO search (search, rank) VALUES ('merge', 500)",
			"SELECT randomblob(1000000000)", "SELECT hex(zeroblob(100000000))", "SELECT printf('%.*c', 100000000, 'x')",
			"SELECT ?", // an argument without a value
		} {
			if got, err := s.Query(context.Background(), query); err == nil {
				t.Errorf("%q is answered: %v", query, got)
			} else if wrong := new(QueryError); !errors.As(err, &wrong) {
				t.Errorf("%q: %v is not told to whoever asked", query, err)
			}
		}
		got, err := s.Query(context.Background(), "SELECT count(*) FROM span JOIN trace ON trace.id = span.trace")
		if err != nil || got.Rows[0][0] != int64(1) {
			t.Errorf("afterwards: %v, %v", got, err)
		}
		if err := s.Add(context.Background(), []*trace.Span{{TraceID: "u", SpanID: "s", Name: "x", Start: 1}}, nil); err != nil {
			t.Error("afterwards:", err)
		}
	}
}

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) "

func TestQueryIsBounded(t *testing.T) {
	s := queried(t, "")
	got, err := s.Query(context.Background(), endless+"SELECT i FROM n")
	if err != nil || len(got.Rows) != maxQueryRows || !got.More {
		t.Errorf("%d rows, more: %v, %v", len(got.Rows), got.More, err)
	}
	got, err = s.Query(context.Background(), endless+"SELECT hex(zeroblob(1000000)) FROM n")
	if err != nil || !got.More || len(got.Rows) > 10 {
		t.Errorf("%d rows of 2 MB, more: %v, %v", len(got.Rows), got.More, err)
	}
	for _, query := range []string{"SELECT i FROM n ORDER BY random()", "SELECT group_concat(hex(zeroblob(1000000))) FROM n"} {
		began := time.Now()
		_, err := s.Query(context.Background(), endless+query)
		if wrong := new(QueryError); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", query, err)
		}
		if took := time.Since(began); took > 3*maxQueryTime {
			t.Errorf("%s took %v", query, took)
		}
	}
	if _, err := s.Query(context.Background(), "SELECT 1"); err != nil {
		t.Error("afterwards:", err)
	}
	within, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Query(within, endless+"SELECT count(*) FROM n"); !errors.Is(err, context.DeadlineExceeded) {
		t.Error("the caller's own deadline:", err)
	}
	if _, err := s.Query(context.Background(), strings.Repeat("(", 100_000)); err == nil {
		t.Error("parentheses without end are answered")
	}
}
