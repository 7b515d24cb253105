// Package store stores spans and log records in one SQLite file or in a PostgreSQL
// database.
//
// One goroutine writes. It commits all waiting data in one transaction and answers.
// While no data waits, it summarizes traces and updates the full-text index, so that
// neither delays ingestion. Readers have their own connections. They see all data that
// was answered before they started.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
)

// ErrClosed is returned by a store after Close.
var ErrClosed = errors.New("the store is closed")

// ErrNotFound means that the trace or span does not exist.
var ErrNotFound = errors.New("not found")

// A Store is safe for concurrent use.
type Store struct {
	in     database
	write  *sql.DB
	read   pool
	guard  *sql.DB // read-only, for queries of users
	writes chan *write
	settle chan chan error
	work   chan struct{} // background work is available
	stop   chan struct{}
	closed sync.Once
	done   chan struct{}

	stale   atomic.Bool // some trace must be summarized before it can be read
	changed broadcast
}

// Open opens the store at path: the URL of a PostgreSQL database, or a file, which is
// created with access for its owner only. An empty path is a store in memory, which is
// lost when it is closed.
func Open(path string) (*Store, error) {
	s, err := openStore(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", Shown(path), err)
	}
	return s, nil
}

func openStore(path string) (*Store, error) {
	in, err := databaseAt(path)
	if err != nil {
		return nil, err
	}
	s := &Store{
		in: in, writes: make(chan *write, 64), settle: make(chan chan error),
		work: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	if s.write, err = in.open(1, false); err != nil {
		return nil, err
	}
	if err := in.migrate(s.write); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	s.read.in = in
	if s.read.DB, err = in.open(4, true); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	if s.guard, err = in.openGuarded(); err != nil {
		return nil, errors.Join(err, s.read.Close(), s.write.Close())
	}
	w, err := newWriter(s)
	if err != nil {
		return nil, errors.Join(err, s.guard.Close(), s.read.Close(), s.write.Close())
	}
	s.stale.Store(true)
	go w.run()
	return s, nil
}

// Shown returns a path without secrets: of a URL only the user, host and database.
func Shown(path string) string {
	if !IsURL(path) {
		return path
	}
	u, err := url.Parse(path)
	if err != nil {
		return "the database"
	}
	u.RawQuery = "" // it may also contain the password
	return u.Redacted()
}

// Close stops the writer after it has stored the received data, and closes the file.
func (s *Store) Close() error {
	var err error
	s.closed.Do(func() {
		close(s.stop)
		<-s.done
		err = errors.Join(s.guard.Close(), s.read.Close(), s.write.Close())
	})
	return err
}

// Settle returns when all answered data can be read.
func (s *Store) Settle(ctx context.Context) error {
	if !s.stale.Load() {
		return nil
	}
	answer := make(chan error, 1)
	select {
	case s.settle <- answer:
	case <-s.done:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
