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

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/leftover"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/terminal"
)

// importFiles sends files to the viewer, one after the other: the output of export
// --format otlp, files of a Collector's file exporter, or bodies of the MutagenT API. A
// directory is a spool.
func importFiles(ctx context.Context, args []string) error {
	flags, c, _ := clientFlags("import")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("import wants the names of files; - is standard input")
	}
	for _, name := range flags.Args() {
		if err := c.importNamed(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) importNamed(ctx context.Context, name string) error {
	in := os.Stdin
	if name != "-" {
		info, err := os.Stat(name)
		if err == nil && info.IsDir() {
			return c.importSpool(ctx, name)
		}
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
	return nil
}

// importSpool sends the undelivered spans of a spool, and does not change the spool.
func (c *client) importSpool(ctx context.Context, dir string) error {
	found, err := leftover.Read(dir, func(r leftover.Request) error { return c.post(ctx, r.Path, r.ContentType, r.Body) })
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if found.Segments+found.Others == 0 {
		return fmt.Errorf("%s is no spool, or an empty one", dir)
	}
	fmt.Printf("%s: %d spans waiting in %d files\n", dir, found.Records, found.Segments)
	for what, n := range map[string]int{"records are not understood": found.Unknown, "files are damaged": found.Damaged, "files are of another version": found.Others} {
		if n > 0 {
			fmt.Printf("%s: %d %s\n", dir, n, what)
		}
	}
	return nil
}

// importStream sends each JSON value of in to the matching path.
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
		if err := c.post(ctx, path, "application/json", body); err != nil {
			return n, err
		}
		n++
	}
}

func (c *client) post(ctx context.Context, path, contentType string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.base, "/")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", contentType)
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
