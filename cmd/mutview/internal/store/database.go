package store

import (
	"context"
	"database/sql"
	"strings"
)

// A database is where rows are kept. The SQL in this package is such that each
// of them understands it, with ? for arguments and without \x00 in texts; what
// differs between them stands here.
type database interface {
	open(conns int, readOnly bool) (*sql.DB, error)
	migrate(*sql.DB) error
	// begin is the statement that begins a transaction which writes.
	begin() string
	// ready prepares the connection of the writer.
	ready(*writer) error
	// bind gives a statement and its arguments the form that is understood.
	bind(query string, args []any) (string, []any)
	// size is how many bytes the rows take, 0 if nobody knows.
	size(*writer) (int64, error)

	// insertText is the statement that puts a text into the index, replacing one of
	// the same rowid; entry is the form of the text in which it is put there.
	insertText() string
	entry(text string) string
	// textQuery makes a query of what a person typed, empty if there is no word in it:
	// all words, each as the beginning of a word; "quoted" words as they are, in this
	// order. match is the condition that a row of the index satisfies it.
	textQuery(ctx context.Context, s *Store, text string) (string, error)
	match() string

	// openGuarded opens a connection for queries of strangers, and ask runs one of
	// those. It reads, and does nothing else.
	openGuarded() (*sql.DB, error)
	ask(ctx context.Context, conn *sql.Conn, query string) (*sql.Rows, error)
}

// databaseAt says which one a path means.
func databaseAt(path string) (database, error) {
	if IsURL(path) {
		return &postgres{path}, nil
	}
	return newSQLite(path)
}

// IsURL reports whether a path is the URL of a PostgreSQL database.
func IsURL(path string) bool {
	return strings.HasPrefix(path, "postgres://") || strings.HasPrefix(path, "postgresql://")
}

// A pool is connections that speak as this package does.
type pool struct {
	*sql.DB
	in database
}

func (p pool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	query, args = p.in.bind(query, args)
	return p.DB.QueryContext(ctx, query, args...)
}

func (p pool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	query, args = p.in.bind(query, args)
	return p.DB.QueryRowContext(ctx, query, args...)
}
