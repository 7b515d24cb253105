package mutprice

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
)

// packed has a line for each provider, behind one with upstream's version and their
// ids. Each time
// that a provider is asked for first it is read as far as that: a few milliseconds,
// against half a megabyte that would be kept. tools/prices writes it.
//
//go:embed prices.jsonl.gz
var packed []byte

func embedded() *table {
	var header struct {
		Version   string   `json:"version"`
		Providers []string `json:"providers"`
	}
	if line, err := line(func([]byte) bool { return true }); err == nil {
		_ = json.Unmarshal(line, &header) // a test reads it
	}
	t := &table{source: "genai-prices", version: header.Version, read: unpack, unread: map[string]bool{}, providers: map[string]*provider{}}
	for _, id := range header.Providers {
		t.unread[id] = true
	}
	return t
}

// unpack returns what is embedded of a provider.
func unpack(id string) ([]byte, error) {
	start := []byte(`{"id":"` + id + `",`)
	return line(func(line []byte) bool { return bytes.HasPrefix(line, start) })
}

// line returns the first embedded line that is meant.
func line(meant func([]byte) bool) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	for lines := bufio.NewReaderSize(r, 64<<10); ; {
		line, err := lines.ReadBytes('\n')
		switch {
		case err == io.EOF:
			return nil, errors.New("nothing is embedded")
		case err != nil:
			return nil, err
		case meant(line):
			return line, nil
		}
	}
}
