package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/terminal"
)

// importFiles sends files to the viewer: what export --format otlp wrote, what
// a collector's file exporter writes, or bodies of the MutagenT API, one after
// the other.
func importFiles(ctx context.Context, args []string) error {
	flags, c, _ := clientFlags("import")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("import wants the names of files; - is standard input")
	}
	for _, name := range flags.Args() {
		in := os.Stdin
		if name != "-" {
			f, err := os.Open(name)
			if err != nil {
				return err
			}
			defer f.Close()
			in = f
		}
		n, err := c.importStream(ctx, in)
		if err != nil {
			return fmt.Errorf("%s, value %d: %w", name, n+1, err)
		}
		fmt.Printf("%s: %d requests\n", name, n)
	}
	return nil
}

// importStream sends each JSON value of in to the path that takes it.
func (c *client) importStream(ctx context.Context, in io.Reader) (n int, err error) {
	d := json.NewDecoder(in)
	for {
		var value map[string]json.RawMessage
		if err := d.Decode(&value); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, fmt.Errorf("this is no JSON: %w", err)
		}
		path := ""
		for key, at := range map[string]string{"resourceSpans": "/v1/traces", "resourceLogs": "/v1/logs", "traces": "/api/traces/batch", "traceId": "/api/traces/"} {
			if value[key] != nil {
				path = at
			}
		}
		if path == "" {
			return n, errors.New("this is neither OTLP nor a body of the MutagenT API; an export for import is written with --format otlp")
		}
		body, err := json.Marshal(value)
		if err != nil {
			return n, err
		}
		if err := c.post(ctx, path, body); err != nil {
			return n, err
		}
		n++
	}
}

func (c *client) post(ctx context.Context, path string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.base, "/")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("the viewer answered %s: %s", answer.Status, terminal.Clean(string(text)))
	}
	return err
}
