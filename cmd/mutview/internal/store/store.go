// Package store keeps spans and log records, in one SQLite file or in a
// PostgreSQL database.
//
// One goroutine writes. It takes what waits into one transaction, answers,
// and while nothing waits sums up traces and feeds the full-text index, so
// that neither holds up ingestion. Readers have connections of their own;
// they see everything that was answered before they asked.
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

// ErrClosed is what a store answers after Close.
var ErrClosed = errors.New("the store is closed")

// ErrNotFound says that there is no such trace or span.
var ErrNotFound = errors.New("not found")

// A Store is safe for concurrent use.
type Store struct {
	in     database
	write  *sql.DB
	read   pool
	guard  *sql.DB // reads for queries that others have written
	writes chan *write
	settle chan chan error
	work   chan struct{} // something to do while nothing waits
	stop   chan struct{}
	closed sync.Once
	done   chan struct{}

	stale   atomic.Bool // some trace has to be summed up before it can be read
	changed broadcast
}

// Open opens what path names: the URL of a PostgreSQL database, or a file,
// which is made with access for its owner only. An empty path is a store in
// memory, gone when it is closed.
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

// Shown is a path as it may be shown: of a URL the user, host and database.
func Shown(path string) string {
	if !IsURL(path) {
		return path
	}
	u, err := url.Parse(path)
	if err != nil {
		return "the database"
	}
	u.RawQuery = "" // it may have the password, too
	return u.Redacted()
}

// Close ends the writer after what it was given, and closes the file.
func (s *Store) Close() error {
	var err error
	s.closed.Do(func() {
		close(s.stop)
		<-s.done
		err = errors.Join(s.guard.Close(), s.read.Close(), s.write.Close())
	})
	return err
}

// Settle returns when everything that was answered can be read.
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
