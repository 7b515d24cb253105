package mutprice

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"strings"
)

// data has a file for each provider, so that one is read when its first call is
// priced and the others never are. tools/prices writes it.
//
//go:embed data
var data embed.FS

func embedded() *table {
	version, _ := data.ReadFile("data/VERSION")
	return &table{
		source: "genai-prices", version: strings.TrimSpace(string(version)),
		read: unpack, providers: map[string]*provider{},
	}
}

func unpack(id string) ([]byte, error) {
	packed, err := data.ReadFile("data/" + id + ".json.gz")
	if err != nil {
		return nil, err
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
