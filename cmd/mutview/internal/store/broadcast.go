package store

import "sync"

// A broadcast notifies any number of listeners of changed traces. A slow listener is
// notified once of all changes it missed.
type broadcast struct {
	mu        sync.Mutex
	listeners map[*Listener]struct{}
}

// A Listener is notified of changed traces.
type Listener struct {
	C       chan struct{} // signals a change since the last Take
	store   *Store
	mu      sync.Mutex
	changed map[string]struct{}
	more    bool
}

// maxChanged limits the changes that are remembered for a slow listener.
const maxChanged = 1000

// Listen returns a listener. It must be closed.
func (s *Store) Listen() *Listener {
	l := &Listener{C: make(chan struct{}, 1), store: s, changed: map[string]struct{}{}}
	s.changed.mu.Lock()
	defer s.changed.mu.Unlock()
	if s.changed.listeners == nil {
		s.changed.listeners = map[*Listener]struct{}{}
	}
	s.changed.listeners[l] = struct{}{}
	return l
}

// Take returns the IDs of the traces that have changed since the last call; more
// reports that there were too many to list.
func (l *Listener) Take() (ids []string, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range l.changed {
		ids = append(ids, id)
	}
	clear(l.changed)
	more, l.more = l.more, false
	return ids, more
}

// Close stops the notifications.
func (l *Listener) Close() {
	l.store.changed.mu.Lock()
	defer l.store.changed.mu.Unlock()
	delete(l.store.changed.listeners, l)
}

func (b *broadcast) tell(ids []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for l := range b.listeners {
		l.hear(ids)
	}
}

func (l *Listener) hear(ids []string) {
	l.mu.Lock()
	for _, id := range ids {
		if len(l.changed) >= maxChanged {
			l.more = true
			break
		}
		l.changed[id] = struct{}{}
	}
	l.mu.Unlock()
	select {
	case l.C <- struct{}{}:
	default:
	}
}
