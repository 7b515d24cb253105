// Package store keeps spans and log records in one SQLite file.
//
// One goroutine writes. It takes what waits into one transaction, answers,
// and while nothing waits sums up traces and feeds the full-text index, so
// that neither holds up ingestion. Readers have connections of their own;
// they see everything that was answered before they asked.
package store

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

//go:embed schema.sql
var schema string

//go:embed version2.sql
var version2 string

const schemaVersion = 2

const memoryPrefix = "memory:"

func isMemory(path string) bool { return strings.HasPrefix(path, memoryPrefix) }

var memories atomic.Int64

// ErrClosed is what a store answers after Close.
var ErrClosed = errors.New("the store is closed")

// ErrNotFound says that there is no such trace or span.
var ErrNotFound = errors.New("not found")

// A Store is safe for concurrent use.
type Store struct {
	path   string
	write  *sql.DB
	read   *sql.DB
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

// Open opens or makes the file at path, with access for its owner only. An
// empty path is a store in memory, gone when it is closed.
func Open(path string) (*Store, error) {
	if path == "" {
		path = fmt.Sprintf("%smutview-%d-%d", memoryPrefix, os.Getpid(), memories.Add(1))
	} else if f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	} else {
		f.Close()
	}
	s := &Store{
		path: path, writes: make(chan *write, 64), settle: make(chan chan error),
		work: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	var err error
	if s.write, err = open(path, 1, false); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := s.migrate(); err != nil {
		s.write.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if s.read, err = open(path, 4, true); err != nil {
		s.write.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if s.guard, err = openGuarded(path); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), s.read.Close(), s.write.Close())
	}
	w, err := newWriter(s)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), s.guard.Close(), s.read.Close(), s.write.Close())
	}
	s.stale.Store(true)
	go w.run()
	return s, nil
}

func (s *Store) migrate() error {
	var version int
	if err := s.write.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
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
	_, err := s.write.Exec("BEGIN;" + script + fmt.Sprintf(";PRAGMA user_version = %d; COMMIT", schemaVersion))
	return err
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
