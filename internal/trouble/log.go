// Package trouble reports delivery problems and missing data to the user, in one line
// per cause.
package trouble

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// again is the time before a cause is logged again.
const again = 10 * time.Minute

// A Log logs each cause at most once per again. A nil Log logs nothing. It is safe for
// concurrent use, and never waits for the logger, which may be the program's.
type Log struct {
	logger *slog.Logger

	mu   sync.Mutex
	told map[string]time.Time // when each cause was last logged
	open map[string]bool      // subjects with a problem
	once map[string]bool      // causes that are never logged again
	line []line               // lines not yet logged
	busy chan struct{}        // closed when all lines are logged; nil if there are none
}

type line struct {
	level slog.Level
	text  func() string
	attrs []slog.Attr
}

// as returns a function that returns text.
func as(text string) func() string { return func() string { return text } }

// New returns a Log that logs to logger.
func New(logger *slog.Logger) *Log {
	return &Log{logger: logger, told: map[string]time.Time{}, open: map[string]bool{}, once: map[string]bool{}}
}

// Of returns the Log of the client in a context. The root package sets it, because no
// internal package imports the root package.
var Of = func(context.Context) *Log { return nil }

// Warn logs a problem of subject, unless the same cause was logged recently.
func (l *Log) Warn(subject, cause, text string, attrs ...slog.Attr) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[subject] = true
	key, now := subject+"\x00"+cause, time.Now()
	if at, ok := l.told[key]; ok && now.Sub(at) < again {
		return
	}
	l.told[key] = now
	l.say(line{slog.LevelWarn, as(text), attrs})
}

// maxOnce is the limit of causes remembered forever.
const maxOnce = 100

// Once logs advice for the user, once per cause, and reports whether it does so now. The
// logger's goroutine calls text, because it may call the program's Redactors.
func (l *Log) Once(cause string, text func() string, attrs ...slog.Attr) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.once[cause] || len(l.once) == maxOnce {
		return false
	}
	l.once[cause] = true
	l.say(line{slog.LevelWarn, text, attrs})
	return true
}

// Recovered logs that the problem of subject is over, if there was one.
func (l *Log) Recovered(subject, text string, attrs ...slog.Attr) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[subject] {
		delete(l.open, subject)
		l.say(line{slog.LevelInfo, as(text), attrs})
	}
}

// Leaked logs a span that the program did not end, or used after its end. The logger's
// goroutine calls text, because it may call the program's Redactors.
func (l *Log) Leaked(text func() string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.say(line{slog.LevelError, text, nil})
}

// say logs the line on a separate goroutine, after earlier lines.
func (l *Log) say(next line) {
	l.line = append(l.line, next)
	if l.busy == nil {
		l.busy = make(chan struct{})
		go l.sayAll(l.busy)
	}
}

func (l *Log) sayAll(done chan struct{}) {
	over := false
	defer func() {
		if over {
			close(done)
		} else {
			go l.sayAll(done) // the logger has ended this goroutine
		}
	}()
	for {
		l.mu.Lock()
		if len(l.line) == 0 {
			l.busy, over = nil, true
			l.mu.Unlock()
			return
		}
		next := l.line[0]
		l.line = l.line[1:]
		l.mu.Unlock()
		l.sayOne(next)
	}
}

func (l *Log) sayOne(next line) {
	defer func() { _ = recover() }() // the program's
	l.logger.LogAttrs(context.Background(), next.level, next.text(), next.attrs...)
}

// Wait returns when all lines are logged, or after d. Without it, the end of the
// process would lose lines.
func (l *Log) Wait(d time.Duration) {
	if l == nil {
		return
	}
	l.mu.Lock()
	busy := l.busy
	l.mu.Unlock()
	if busy == nil {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-busy:
	case <-timer.C:
	}
}
