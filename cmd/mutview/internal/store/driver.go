package store

import (
	"database/sql"
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
	// The caches are small: the file is on the machine, and in its page cache.
	dsn += "&_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(normal)" +
		"&_pragma=cache_size(-4000)&_pragma=temp_store(memory)&_pragma=journal_size_limit(16777216)"
	db, err := driver.Open(dsn, func(c *sqlite3.Conn) error { return fts5.Register(c) })
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}
