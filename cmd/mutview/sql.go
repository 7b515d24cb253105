package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/terminal"
)

// runSQL prints the result of a query of the viewer's store.
func runSQL(ctx context.Context, args []string) error {
	flags, c, asJSON := clientFlags("sql")
	rest, err := parse(flags, args, "QUERY")
	if err != nil {
		return err
	}
	path := "/api/view/sql?q=" + url.QueryEscape(rest[0])
	if *asJSON {
		return c.copy(ctx, path, os.Stdout)
	}
	return c.table(ctx, path, os.Stdout)
}

func (c *client) table(ctx context.Context, path string, to io.Writer) error {
	var answer struct {
		Columns []string
		Rows    [][]any
		More    bool
	}
	if err := c.get(ctx, path, &answer); err != nil {
		return err
	}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(answer.Columns, "\t"))
	for _, row := range answer.Rows {
		for i, value := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cell(value))
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if answer.More {
		fmt.Fprintf(os.Stderr, "these are the first %d rows; there are more\n", len(answer.Rows))
	}
	return nil
}

// cell returns a value on one line, without control characters.
func cell(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case string:
		return strings.Join(strings.Fields(terminal.Clean(v)), " ")
	}
	return fmt.Sprint(value)
}
