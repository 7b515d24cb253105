package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"
	_ "github.com/ncruces/go-sqlite3/vfs/memdb"
)

// open opens one database with a number of connections. This file alone knows
// which SQLite it is.
func open(path string, conns int, readOnly bool) (*sql.DB, error) {
	return openWith(path, conns, readOnly, fts5.Register)
}

func openWith(path string, conns int, readOnly bool, prepare func(*sqlite3.Conn) error) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_txlock=immediate"
	if path == "" {
		return nil, fmt.Errorf("no path for the database")
	}
	if isMemory(path) {
		dsn = "file:/" + path[len(memoryPrefix):] + "?vfs=memdb&_txlock=immediate"
	}
	if readOnly {
		dsn += "&_pragma=query_only(1)"
	}
	// The caches are small: the file is on the machine, and in its page cache. The log
	// is written back every 16 MB: what is written often, such as pages of indexes, is
	// then written back once.
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

// maxQueryValue is how many bytes one value in a stranger's query may have.
const maxQueryValue = 8 << 20

// openGuarded opens a connection for queries that anybody may have written:
// what is not reading is refused before it runs, values are bounded, and what
// is sorted goes to disk. (A limit of the heap would make the driver panic.)
func openGuarded(path string) (*sql.DB, error) {
	return openWith(path, 1, true, func(c *sqlite3.Conn) error {
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

// compiles returns nil if query is one statement that a guarded connection may
// run. The driver itself panics at one that has nothing but comments.
func compiles(conn *sql.Conn, query string) error {
	return conn.Raw(func(c any) error {
		statement, _, err := c.(driver.Conn).Raw().Prepare(query)
		if err == nil && statement == nil {
			err = errors.New("the query is empty")
		}
		return errors.Join(err, statement.Close())
	})
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
