package store

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"
	_ "github.com/ncruces/go-sqlite3/vfs/memdb"
)

// sqlite is a file, or memory of this process. Only this file and sqlite_text.go depend
// on the SQLite driver.
type sqlite struct{ path string }

const memoryPrefix = "memory:"

func isMemory(path string) bool { return strings.HasPrefix(path, memoryPrefix) }

var memories atomic.Int64

// newSQLite creates the file, with access for its owner only. An empty path is memory.
func newSQLite(path string) (*sqlite, error) {
	if path == "" {
		return &sqlite{fmt.Sprintf("%smutview-%d-%d", memoryPrefix, os.Getpid(), memories.Add(1))}, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	return &sqlite{path}, f.Close()
}

func (l *sqlite) open(conns int, readOnly bool) (*sql.DB, error) {
	return l.openWith(conns, readOnly, fts5.Register)
}

func (l *sqlite) openWith(conns int, readOnly bool, prepare func(*sqlite3.Conn) error) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: l.path}).EscapedPath() + "?_txlock=immediate"
	if isMemory(l.path) {
		dsn = "file:/" + l.path[len(memoryPrefix):] + "?vfs=memdb&_txlock=immediate"
	}
	if readOnly {
		dsn += "&_pragma=query_only(1)"
	}
	// The caches are small, because the file is local and in the system's page cache. A
	// checkpoint runs every 16 MB, so that pages that are written often, such as those of
	// indexes, are written back once.
	dsn += "&_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(normal)" +
		"&_pragma=cache_size(-4000)&_pragma=temp_store(memory)&_pragma=wal_autocheckpoint(4000)&_pragma=journal_size_limit(16777216)"
	db, err := driver.Open(dsn, prepare)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

//go:embed schema.sql
var schema string

//go:embed version2.sql
var version2 string

const schemaVersion = 2

func (l *sqlite) migrate(db *sql.DB) error {
	var version int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	script := ""
	switch version {
	case schemaVersion:
		return nil
	case 0:
		script = schema + version2
	case 1:
		script = "DROP INDEX trace_start; DROP INDEX trace_session;" + version2
	default:
		return fmt.Errorf("the file was written by a newer mutview (format %d, this one knows %d)", version, schemaVersion)
	}
	_, err := db.Exec("BEGIN;" + script + fmt.Sprintf(";PRAGMA user_version = %d; COMMIT", schemaVersion))
	return err
}

func (l *sqlite) begin() string                                 { return "BEGIN IMMEDIATE" }
func (l *sqlite) bind(query string, args []any) (string, []any) { return query, args }

// indexMemory is the number of bytes that the index collects before it writes a
// segment.
const indexMemory = 8 << 20

func (l *sqlite) ready(w *writer) error {
	_, err := w.run1("INSERT INTO search (search, rank) VALUES ('hashsize', ?)", indexMemory)
	return err
}

func (l *sqlite) size(w *writer) (used int64, err error) {
	err = w.query1(`SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)
		- (SELECT freelist_count FROM pragma_freelist_count) * (SELECT page_size FROM pragma_page_size)`).Scan(&used)
	return used, err
}

// maxQueryValue is the maximum size in bytes of a value in a user's query.
const maxQueryValue = 8 << 20

// openGuarded opens a connection for queries of any user: statements that do not only
// read are rejected before they run, the size of values is limited, and sorting uses
// the disk. (A heap limit would make the driver panic.)
func (l *sqlite) openGuarded() (*sql.DB, error) {
	return l.openWith(1, true, func(c *sqlite3.Conn) error {
		if err := fts5.Register(c); err != nil {
			return err
		}
		if err := c.Exec("PRAGMA temp_store = file"); err != nil {
			return err
		}
		c.Limit(sqlite3.LIMIT_LENGTH, maxQueryValue)
		return c.SetAuthorizer(mayRead)
	})
}

// ask runs query if it is one statement that a guarded connection may run. The driver
// panics on a query that has only comments.
func (l *sqlite) ask(ctx context.Context, conn *sql.Conn, query string) (*sql.Rows, error) {
	err := conn.Raw(func(c any) error {
		statement, _, err := c.(driver.Conn).Raw().Prepare(query)
		if err == nil && statement == nil {
			err = errors.New("the query is empty")
		}
		return errors.Join(err, statement.Close())
	})
	if err != nil {
		return nil, err
	}
	return conn.QueryContext(ctx, query)
}

func mayRead(action sqlite3.AuthorizerActionCode, name, argument, _, _ string) sqlite3.AuthorizerReturnCode {
	switch action {
	case sqlite3.AUTH_SELECT, sqlite3.AUTH_READ, sqlite3.AUTH_FUNCTION, sqlite3.AUTH_RECURSIVE:
		return sqlite3.AUTH_OK
	case sqlite3.AUTH_PRAGMA:
		switch {
		case name == "table_info", name == "table_list", (name == "data_version" || name == "query_only") && argument == "":
			return sqlite3.AUTH_OK
		}
	}
	return sqlite3.AUTH_DENY
}
