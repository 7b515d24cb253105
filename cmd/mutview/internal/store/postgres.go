package store

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgres is a schema of a PostgreSQL database, the first in the search path. Only
// this file and postgres_text.go depend on PostgreSQL.
type postgres struct{ url string }

//go:embed postgres.sql
var postgresSchema string

const postgresVersion = 1

func (p *postgres) open(conns int, readOnly bool) (*sql.DB, error) {
	config, err := pgx.ParseConfig(p.url)
	if err != nil {
		return nil, errors.New("this is no URL such as postgres://user@host/database") // the error could contain the password
	}
	config.RuntimeParams["application_name"] = "mutview"
	if readOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func (p *postgres) migrate(db *sql.DB) error {
	if _, err := db.Exec("CREATE TABLE IF NOT EXISTS mutview (version INTEGER NOT NULL)"); err != nil {
		return err
	}
	var version int
	if err := db.QueryRow("SELECT coalesce(max(version), 0) FROM mutview").Scan(&version); err != nil {
		return err
	}
	switch version {
	case postgresVersion:
		return nil
	case 0:
	default:
		return fmt.Errorf("the tables were made by a newer mutview (format %d, this one knows %d)", version, postgresVersion)
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for statement := range strings.SplitSeq(postgresSchema, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := tx.Exec(statement); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("INSERT INTO mutview (version) VALUES ($1)", postgresVersion); err != nil {
		return err
	}
	return tx.Commit()
}

func (p *postgres) begin() string { return "BEGIN" }

// ready takes the lock of the only writer, for the lifetime of the connection, because
// a writer caches which rows exist.
func (p *postgres) ready(w *writer) error {
	var ours bool
	err := w.query1("SELECT pg_try_advisory_lock(hashtext('mutview ' || current_schema()))").Scan(&ours)
	if err == nil && !ours {
		err = errors.New("another mutview writes to this database; let it have a schema of its own with ?search_path=")
	}
	return err
}

// bind numbers the arguments, and removes characters that PostgreSQL cannot store from
// texts.
func (p *postgres) bind(query string, args []any) (string, []any) {
	for i, a := range args {
		if text, ok := a.(string); ok && (strings.ContainsRune(text, 0) || strings.ToValidUTF8(text, "") != text) {
			args = slices.Clone(args)
			args[i] = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
		}
	}
	if !strings.Contains(query, "?") {
		return query, args
	}
	var b strings.Builder
	n := 0
	for piece := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(piece)
		n++
	}
	return b.String(), args
}

// size is unknown: the server reuses the space of deleted rows, and its files do not
// shrink.
func (p *postgres) size(*writer) (int64, error) { return 0, nil }

func (p *postgres) openGuarded() (*sql.DB, error) { return p.open(1, true) }

// ask opens a cursor, which accepts only read-only queries, and fetches one row more
// than an answer may have.
func (p *postgres) ask(ctx context.Context, conn *sql.Conn, query string) (*sql.Rows, error) {
	query = strings.TrimRight(query, "; \t\r\n")
	if query == "" {
		return nil, errors.New("the query is empty")
	}
	if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil { // of the previous transaction
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN READ ONLY"); err != nil {
		return nil, err
	}
	// Prepared, since that takes one statement only: behind a second BEGIN any could write.
	declare, err := conn.PrepareContext(ctx, "DECLARE asked NO SCROLL CURSOR FOR "+query)
	if err != nil {
		return nil, err
	}
	defer declare.Close()
	if _, err := declare.ExecContext(ctx); err != nil {
		return nil, err
	}
	return conn.QueryContext(ctx, fmt.Sprintf("FETCH %d FROM asked", maxQueryRows+1))
}
