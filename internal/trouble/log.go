// Package trouble reports delivery problems and missing data to the user, in one line
// per cause.
package trouble

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// again is how long a cause is not repeated.
const again = 10 * time.Minute

// A Log says each cause once in a while. A nil Log says nothing. It is safe for
// concurrent use, and never waits for the logger: that may be the program's.
type Log struct {
	logger *slog.Logger

	mu   sync.Mutex
	told map[string]time.Time // when each cause was said last
	open map[string]bool      // subjects that are in trouble
	once map[string]bool      // causes that were said for good
	line []line               // not yet said
	busy chan struct{}        // closed when all lines are said; nil if there are none
}

type line struct {
	level slog.Level
	text  func() string
	attrs []slog.Attr
}

// as returns a function that returns text.
func as(text string) func() string { return func() string { return text } }

// New returns a Log that says everything to logger.
func New(logger *slog.Logger) *Log {
	return &Log{logger: logger, told: map[string]time.Time{}, open: map[string]bool{}, once: map[string]bool{}}
}

// Of returns the Log of the client that a context has. The root sets it, which nothing
// in internal imports.
var Of = func(context.Context) *Log { return nil }

// Warn says that subject is in trouble, unless it has said so for the same cause
// lately.
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

// maxOnce is how many causes are remembered for good.
const maxOnce = 100

// Once says what the user can do better, and never again for the same cause.
func (l *Log) Once(cause, text string, attrs ...slog.Attr) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.once[cause] || len(l.once) == maxOnce {
		return
	}
	l.once[cause] = true
	l.say(line{slog.LevelWarn, as(text), attrs})
}

// Recovered says that subject is well again, if it was in trouble.
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

// Leaked tells of a span that the program did not end, or used after its end. text is
// called where the logger is: it may call the program's Redactors.
func (l *Log) Leaked(text func() string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.say(line{slog.LevelError, text, nil})
}

// say has a goroutine of its own say the line, after those before it.
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

// Wait returns when everything is said, or after d: a process that ends would take
// the line with it.
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
