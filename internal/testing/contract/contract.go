// Package contract validates request bodies against MutagenT's published schemas of
// POST /api/traces/batch, for API 0.1 and 0.5. The tables in v01.go and v05.go are the
// JSON Schemas in internal/mutagentapi/testdata as Go values, because the SDK does not
// depend on a schema validator. internal/mutagentapi/schematest compares the two.
package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Path is where batches are posted.
const Path = "/api/traces/batch"

// A Generation is a set of published versions of the API.
type Generation uint8

const (
	V01 Generation = 1 << iota
	V05
	Both = V01 | V05
)

// Check returns an error if body is not valid for all generations in g. The error names
// the first invalid key.
func Check(body []byte, g Generation) error {
	batch, err := decode(body)
	if err != nil {
		return fmt.Errorf("the body is no JSON: %w", err)
	}
	if g&V01 != 0 {
		if err := batch01.check("", batch); err != nil {
			return fmt.Errorf("%w (API 0.1)", err)
		}
	}
	if g&V05 != 0 {
		if err := batch05.check("", batch); err != nil {
			return fmt.Errorf("%w (API 0.5)", err)
		}
	}
	return nil
}

func decode(body []byte) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber() // 1e999 is a number, but not a float64
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the first value")
	}
	return v, nil
}
