// Command prices writes the prices that package mutprice embeds. It keeps only the data
// of upstream's file that is needed to price a call: a line of JSON for each provider,
// the short ones first, compressed.
//
//	go -C tools/prices run . -version 0.2.3 ../../mutprice/prices.jsonl.gz < data.json
//
// The input is prices/data.json of github.com/pydantic/genai-prices. To release new
// prices, run this command and release a version of mutprice.
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
	"slices"
)

// A provider and its models have the fields that are kept, as upstream has written
// them.
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

// A header is the first line.
type header struct {
	Version   string   `json:"version"`
	Providers []string `json:"providers"`
}

func main() {
	log.SetFlags(0)
	version := flag.String("version", "", "upstream's version")
	flag.Parse()
	if *version == "" || flag.NArg() != 1 {
		log.Fatal("usage: go run . -version VERSION FILE < data.json")
	}
	prices, err := convert(*version, os.Stdin)
	if err == nil {
		err = os.WriteFile(flag.Arg(0), prices, 0o666)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// convert returns the file. It is deterministic.
func convert(version string, upstream io.Reader) ([]byte, error) {
	var providers []provider
	if err := json.NewDecoder(upstream).Decode(&providers); err != nil {
		return nil, fmt.Errorf("the input is not upstream's data.json: %w", err)
	}
	if len(providers) == 0 {
		return nil, errors.New("the input has no providers")
	}
	var lines [][]byte
	head := header{Version: version}
	for _, p := range providers {
		head.Providers = append(head.Providers, p.ID)
		line, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	slices.SortStableFunc(lines, func(a, b []byte) int { return len(a) - len(b) })
	first, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	return pack(append([][]byte{first}, lines...))
}

func pack(lines [][]byte) ([]byte, error) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		if _, err := w.Write(append(line, '\n')); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
