package store

import (
	"context"
	"database/sql"
	"strings"
)

// A database is the storage of rows. All databases understand the SQL in this package,
// with ? for arguments and without \x00 in texts. The differences are in this
// interface.
type database interface {
	open(conns int, readOnly bool) (*sql.DB, error)
	migrate(*sql.DB) error
	// begin returns the statement that starts a write transaction.
	begin() string
	// ready prepares the connection of the writer.
	ready(*writer) error
	// bind converts a statement and its arguments to the form of the database.
	bind(query string, args []any) (string, []any)
	// size returns the size of the data in bytes, or 0 if it is unknown.
	size(*writer) (int64, error)

	// insertText returns the statement that puts a text into the index and replaces one
	// with the same rowid. entry returns the form of the text in the index.
	insertText() string
	entry(text string) string
	// textQuery converts a user's search text to a query, which is empty if there is no
	// word in it. The query finds all words, each as a prefix; "quoted" words form a
	// phrase. match returns the condition for rows of the index.
	textQuery(ctx context.Context, s *Store, text string) (string, error)
	match() string

	// openGuarded opens a connection for queries of users, and ask runs one of them. Such
	// a query can only read.
	openGuarded() (*sql.DB, error)
	ask(ctx context.Context, conn *sql.Conn, query string) (*sql.Rows, error)
}

// databaseAt returns the database of a path.
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

// A pool is a set of connections whose statements are converted by bind.
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
