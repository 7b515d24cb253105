package mutprice

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
)

// A provider sells models.
type provider struct {
	ID       string   `json:"id"`
	Fallback []string `json:"fallback_model_providers"`
	Models   []model  `json:"models"`

	mu    sync.RWMutex
	found map[string]*model // by name in lower case; nil for what is not there
}

// maxFound limits how many names are cached, because names come from responses.
const maxFound = 1024

func parseProvider(data []byte) (*provider, error) {
	p := &provider{found: map[string]*model{}}
	if err := json.Unmarshal(data, p); err != nil {
		return nil, err
	}
	if p.ID == "" {
		return nil, fmt.Errorf("a provider without an id")
	}
	for i := range p.Models {
		if err := p.Models[i].check(); err != nil {
			return nil, fmt.Errorf("%s: %w", p.ID, err)
		}
		p.Models[i].label = p.ID + "/" + p.Models[i].ID
	}
	return p, nil
}

// find returns the first entry for a name in lower case, or nil. There are up to a
// thousand entries, so what was found is remembered.
func (p *provider) find(name string) *model {
	p.mu.RLock()
	m, known := p.found[name]
	p.mu.RUnlock()
	if known {
		return m
	}
	for i := range p.Models {
		if p.Models[i].Match.matches(name) {
			m = &p.Models[i]
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.found) >= maxFound {
		clear(p.found)
	}
	p.found[name] = m
	return m
}

// withDashes writes the dates in a name, such as -20250807, with dashes.
func withDashes(name string) string {
	for i := 0; i+9 <= len(name); i++ {
		if name[i] != '-' || i+9 < len(name) && name[i+9] != '-' && name[i+9] != ':' {
			continue
		}
		if day, err := time.Parse("20060102", name[i+1:i+9]); err == nil && strings.HasPrefix(name[i:], "-20") {
			name = name[:i] + "-" + day.Format(time.DateOnly) + name[i+9:]
		}
	}
	return name
}
