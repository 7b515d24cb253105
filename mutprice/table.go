package mutprice

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// A table has the prices of all providers.
type table struct {
	source, version string
	read            func(id string) ([]byte, error) // nil if all have been parsed

	mu        sync.RWMutex
	providers map[string]*provider
}

// parse reads a whole table: upstream's file.
func parse(data []byte) (*table, error) {
	var all []json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("not a list of providers, as genai-prices has them: %w", err)
	}
	if len(all) == 0 {
		return nil, errors.New("a list without providers")
	}
	t := &table{providers: make(map[string]*provider, len(all))}
	for i, one := range all {
		p, err := parseProvider(one)
		if err != nil {
			return nil, fmt.Errorf("provider %d: %w", i+1, err)
		}
		t.providers[p.ID] = p
	}
	return t, nil
}

// provider returns one, parsed when it is asked for first; or nil.
func (t *table) provider(id string) *provider {
	t.mu.RLock()
	p, known := t.providers[id]
	t.mu.RUnlock()
	if known || t.read == nil {
		return p
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, known = t.providers[id]; known {
		return p
	}
	if data, err := t.read(id); err == nil {
		p, _ = parseProvider(data) // a test parses all that is embedded
	}
	t.providers[id] = p
	return p
}

// An entry is a model as a provider sells it.
type entry struct {
	*model
	seller  string
	ownList bool // and not that of another provider
}

func (e entry) String() string { return e.seller + "/" + e.ID }

// entry returns that of the first of names which has one.
func (t *table) entry(seller string, names ...string) (entry, error) {
	p := t.provider(seller)
	if p == nil {
		return entry{}, fmt.Errorf("no prices of %s", seller)
	}
	for _, name := range names {
		name = strings.ToLower(name)
		if e, ok := t.look(p, name); ok {
			return e, nil
		}
		if dashed := withDashes(name); dashed != name {
			if e, ok := t.look(p, dashed); ok {
				return e, nil
			}
		}
	}
	return entry{}, fmt.Errorf("%s has no price of %q", seller, strings.Join(names, `" or "`))
}

// look goes through the list of p and then, one step, those that p sells from.
func (t *table) look(p *provider, name string) (entry, bool) {
	if m := p.find(name); m != nil {
		return entry{m, p.ID, true}, true
	}
	for _, id := range p.Fallback {
		if from := t.provider(id); from != nil {
			if m := from.find(name); m != nil {
				return entry{m, p.ID, false}, true
			}
		}
	}
	return entry{}, false
}
