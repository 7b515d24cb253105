// Command prices writes the prices that module mutprice embeds: from upstream's file,
// a file for each provider, with nothing but what is needed to price a call.
//
//	go -C tools/prices run . -version 0.2.3 ../../mutprice/data < data.json
//
// The file is prices/data.json of github.com/pydantic/genai-prices. A release of new
// prices is this command, and a version of mutprice.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"regexp"
)

// A provider and its models have what is kept, as upstream has written it.
type provider struct {
	ID       string          `json:"id"`
	Fallback json.RawMessage `json:"fallback_model_providers,omitempty"`
	Models   []model         `json:"models"`
}

type model struct {
	ID       json.RawMessage `json:"id"`
	Match    json.RawMessage `json:"match"`
	Prices   json.RawMessage `json:"prices"`
	Variants json.RawMessage `json:"price_variants,omitempty"`
}

func main() {
	log.SetFlags(0)
	version := flag.String("version", "", "upstream's version")
	flag.Parse()
	if *version == "" || flag.NArg() != 1 {
		log.Fatal("usage: go run . -version VERSION DIRECTORY < data.json")
	}
	if err := write(flag.Arg(0), *version, os.Stdin); err != nil {
		log.Fatal(err)
	}
}

// write puts the prices into dir, in place of all that was there.
func write(dir, version string, upstream io.Reader) error {
	var providers []provider
	if err := json.NewDecoder(upstream).Decode(&providers); err != nil {
		return fmt.Errorf("the input is not upstream's data.json: %w", err)
	}
	if len(providers) == 0 {
		return errors.New("the input has no providers")
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, p := range providers {
		if err := p.write(dir); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "VERSION"), []byte(version+"\n"), 0o666)
}

// fileName is what an id is made of, that may be the name of a file.
var fileName = regexp.MustCompile(`^[a-z0-9_][a-z0-9_.-]*$`)

func (p *provider) write(dir string) error {
	if !fileName.MatchString(p.ID) {
		return fmt.Errorf("the provider %q cannot be the name of a file", p.ID)
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, p.ID+".json.gz"), packed.Bytes(), 0o666)
}
