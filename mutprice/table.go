package mutprice

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// A table has the prices of all providers.
type table struct {
	source, version string
	read            func(id string) ([]byte, error) // nil if all have been parsed

	mu        sync.RWMutex
	providers map[string]*provider
	unread    map[string]bool // by id
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

// provider returns a provider, parsed on first use, or nil.
func (t *table) provider(id string) *provider {
	t.mu.RLock()
	p, unread := t.providers[id], t.unread[id]
	t.mu.RUnlock()
	if !unread {
		return p
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.unread[id] {
		return t.providers[id]
	}
	delete(t.unread, id)
	if data, err := t.read(id); err == nil {
		t.providers[id], _ = parseProvider(data) // a test parses all that is embedded
	}
	return t.providers[id]
}

// An entry is a model as sold by a provider.
type entry struct {
	*model
	seller  string
	ownList bool // and not that of another provider
}

func (e entry) String() string {
	if e.ownList {
		return e.label
	}
	return e.seller + "/" + e.ID
}

// free reports whether the entry is one of those without a rate that say why.
func (e entry) free() bool { return strings.HasSuffix(e.ID, ":free") }

// entryOf returns the entry for a call: that of the model in the response, because a
// gateway may have used another than the requested one. The requested name is used if
// there is no other, or if both name the same model.
func (t *table) entryOf(seller string, c *price.Call) (entry, error) {
	p := t.provider(seller)
	if p == nil {
		return entry{}, fmt.Errorf("no prices of %s", seller)
	}
	asked, answered := plain(c, c.Asked), plain(c, c.Model)
	if answered == "" || seller == "aws" && asked != "" { // there the answer hides the profile, on which the price depends
		answered = asked
	}
	e, ok := t.find(p, answered)
	if !ok && asked != answered && same(asked, answered) {
		e, ok = t.find(p, asked)
	}
	if !ok {
		return entry{}, fmt.Errorf("%s has no price of %q", seller, answered)
	}
	return e, nil
}

// find returns the entry for a name, also if its date is written with dashes.
func (t *table) find(p *provider, name string) (entry, bool) {
	name = strings.ToLower(name)
	e, ok := t.look(p, name)
	if !ok {
		if dashed := withDashes(name); dashed != name {
			return t.look(p, dashed)
		}
	}
	return e, ok
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
