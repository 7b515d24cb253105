//go:build postgres

package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

func init() { stores["postgres"] = newPostgres }

// newPostgres creates a schema for a test in the database of $MUTVIEW_TEST_POSTGRES,
// which postgres/run sets, and returns its URL.
func newPostgres(t *testing.T) string {
	t.Helper()
	server := os.Getenv("MUTVIEW_TEST_POSTGRES")
	if server == "" {
		t.Fatal("MUTVIEW_TEST_POSTGRES is not set: run cmd/mutview/postgres/run")
	}
	db, err := (&postgres{server}).open(1, false)
	if err != nil {
		t.Fatal(err)
	}
	schema := fmt.Sprintf("test_%x", rand.Uint64())
	if _, err := db.Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db.Exec("DROP SCHEMA " + schema + " CASCADE")
		db.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// Errors do not contain the password. The test needs no server.
func TestPostgresPasswordStaysSecret(t *testing.T) {
	for _, at := range []string{"postgres://mutview:hunter2@127.0.0.1:1/x", "postgres://mutview:hunter2@127.0.0.1:port/x", "postgres://mutview:hunter2@%zz/x", "postgres://mutview@127.0.0.1:1/x?password=hunter2"} {
		s, err := Open(at)
		if err == nil {
			s.Close()
			t.Fatal(at, "is opened")
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(Shown(at), "hunter2") {
			t.Errorf("%s is shown: %v", Shown(at), err)
		}
	}
}

// Stored data exists when another process opens the schema, and only one process can
// write.
func TestPostgresIsReopened(t *testing.T) {
	at := newPostgres(t)
	s := openTest(t, at)
	add(t, s, span("t1", "a", "", 0, 1))
	if _, err := Open(at); err == nil || !strings.Contains(err.Error(), "another mutview") {
		t.Fatal("two write:", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, at)
	add(t, s, span("t1", "b", "a", 0, 1))
	if got, err := s.Trace(context.Background(), "t1"); err != nil || got.Spans != 2 {
		t.Error(got, err)
	}
	s.Close()
	db, err := (&postgres{at}).open(1, false)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE mutview SET version = 99"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(at); err == nil || !strings.Contains(err.Error(), "newer mutview") {
		t.Error(err)
	}
}

// Only the current requests fail when a connection breaks.
func TestPostgresThatRestarts(t *testing.T) {
	s := openTest(t, newPostgres(t))
	add(t, s, span("t1", "a", "", 0, 1))
	var ended bool
	err := s.read.QueryRowContext(context.Background(), `SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE application_name = 'mutview' AND pid <> pg_backend_pid() AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')`).Scan(&ended)
	if err != nil || !ended {
		t.Fatal(ended, err)
	}
	add(t, s, span("t1", "b", "a", 0, 1))
	if got, err := s.Trace(context.Background(), "t1"); err != nil || got.Spans != 2 {
		t.Error(got, err)
	}
}

// PostgreSQL cannot store some texts that are valid in JSON.
func TestPostgresTakesAnyText(t *testing.T) {
	all(t, func(t *testing.T, s *Store) {
		odd := span("t1", "a", "", 0, 1)
		odd.Name, odd.Attributes["session.id"], odd.Attributes["text"] = "na\x00me", "s\xff", "a\x00b \ufffe"
		odd.Resource = trace.Attrs{"service.name": strings.Repeat("long ", 10_000)}
		add(t, s, odd, span("t1", "b", "a", 0, 1))
		eventually(t, s)
		if list, _, err := s.Traces(context.Background(), Filter{Text: "a\x00b", Name: "na"}); err != nil || len(list) != 1 || list[0].Spans != 2 {
			t.Error(list, err)
		}
		if _, _, err := s.Traces(context.Background(), Filter{Session: "\x00\xff", Text: "' & | ! <-> :* \\"}); err != nil {
			t.Error(err)
		}
	})
}

// A text that is too long for PostgreSQL, even compressed, does not block others.
func TestPostgresTakesLongTexts(t *testing.T) {
	all(t, func(t *testing.T, s *Store) {
		var b strings.Builder
		r := rand.New(rand.NewPCG(1, 2))
		for b.Len() < 20_000 {
			fmt.Fprintf(&b, "%x", r.Uint64())
		}
		long := span("t1", "a", "", 0, 1)
		long.Attributes["session.id"] = b.String()
		words := make([]string, 100_000)
		for i := range words {
			words[i] = fmt.Sprintf("%x", r.Uint64())
		}
		long.Name = strings.Join(words, " ")
		add(t, s, long, span("t2", "a", "", 0, 1))
		eventually(t, s)
		if list, _, err := s.Traces(context.Background(), Filter{Session: b.String()}); err != nil || len(list) != 1 {
			t.Error(len(list), err)
		}
		if list, _, err := s.Traces(context.Background(), Filter{Text: "span " + b.String()}); err != nil {
			t.Error(len(list), err)
		}
	})
}

// Queries of a user can only read; others are rejected.
func TestPostgresQuery(t *testing.T) {
	s := openTest(t, newPostgres(t))
	add(t, s, span("t1", "a", "", 0, 1))
	for query, want := range map[string]string{
		"SELECT span_id FROM span":                            "a",
		"SELECT span_id FROM span; ":                          "a",
		"WITH x AS (SELECT trace_id FROM trace) TABLE x":      "t1",
		"SELECT convert_from(body, 'UTF8') FROM payload":      `{}`,
		"SELECT 'a' FROM generate_series(1, 5000) -- comment": "a",
	} {
		got, err := s.Query(context.Background(), query)
		if err != nil || len(got.Rows) == 0 || got.Rows[0][0] != want {
			t.Errorf("%s: %v, %v", query, got, err)
		}
	}
	for _, query := range []string{
		"", ";", "nonsense", "DELETE FROM span", "DROP TABLE span", "CREATE TABLE x (y int)", "SELECT 1; DELETE FROM span", "SELECT 1; COMMIT; DELETE FROM span",
		"SELECT 1; COMMIT; BEGIN READ WRITE; DELETE FROM span; COMMIT; BEGIN; DECLARE asked CURSOR FOR SELECT 2",
		"WITH x AS (DELETE FROM span RETURNING *) SELECT * FROM x", "SELECT * INTO x FROM span", "SELECT 1 FROM span FOR UPDATE", "COMMIT", "SET default_transaction_read_only = off",
		"SELECT set_config('transaction_read_only', 'off', false)", "COPY span TO PROGRAM 'true'", "SELECT nextval('span_id_seq')", "SELECT $1",
	} {
		if got, err := s.Query(context.Background(), query); err == nil {
			t.Errorf("%q is answered: %v", query, got)
		}
	}
	got, err := s.Query(context.Background(), "SELECT generate_series(1, 5000)")
	if err != nil || len(got.Rows) != maxQueryRows || !got.More {
		t.Error(len(got.Rows), got.More, err)
	}
	if _, err := s.Query(context.Background(), "SELECT pg_sleep(60)"); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Error(err)
	}
	if got, err := s.Query(context.Background(), "SELECT count(*) FROM span"); err != nil || got.Rows[0][0] != int64(1) {
		t.Errorf("afterwards: %v, %v", got, err)
	}
}
