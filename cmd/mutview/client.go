package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/terminal"
)

// A client sends requests to a running viewer.
type client struct {
	base  string
	token string
}

// clientFlags defines the flags of every command that queries a viewer.
func clientFlags(name string) (*flag.FlagSet, *client, *bool) {
	c := new(client)
	flags := flag.NewFlagSet("mutview "+name, flag.ContinueOnError)
	flags.StringVar(&c.base, "url", "http://"+address, "`address` of the viewer")
	flags.StringVar(&c.token, "token", os.Getenv("MUTVIEW_TOKEN"), "`token` of the viewer, if it wants one")
	asJSON := flags.Bool("json", false, "print JSON")
	return flags, c, asJSON
}

// parse accepts flags before and after the arguments, such as ls --json and show TRACE
// --json.
func parse(flags *flag.FlagSet, args []string, names ...string) ([]string, error) {
	rest, err := parseAny(flags, args)
	if err == nil && len(rest) != len(names) {
		err = fmt.Errorf("%s wants %d arguments (%s), not %d", flags.Name(), len(names), strings.Join(names, " "), len(rest))
	}
	return rest, err
}

// parseAny is like parse, for any number of arguments.
func parseAny(flags *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) == 0 {
			return rest, nil
		}
		rest, args = append(rest, args[0]), args[1:]
	}
}

func (c *client) do(ctx context.Context, method, path string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.base, "/")+path, nil)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("no viewer answers at %s; start one with mutview, or name it with --url: %w", c.base, err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	defer answer.Body.Close()
	var fault struct{ Message string }
	json.NewDecoder(io.LimitReader(answer.Body, 1<<16)).Decode(&fault)
	return nil, fmt.Errorf("the viewer answered %s: %s", answer.Status, terminal.Clean(fault.Message))
}

func (c *client) get(ctx context.Context, path string, into any) error {
	answer, err := c.do(ctx, http.MethodGet, path)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return json.NewDecoder(answer.Body).Decode(into)
}

// summary is a trace in the viewer's list.
type summary struct {
	TraceID      string   `json:"traceId"`
	Name         string   `json:"name"`
	Kind         string   `json:"kind"`
	Message      string   `json:"message"`
	Start        int64    `json:"start"`
	End          int64    `json:"end"`
	Spans        int      `json:"spans"`
	Errors       int      `json:"errors"`
	Session      string   `json:"session"`
	Models       []string `json:"models"`
	InputTokens  int64    `json:"inputTokens"`
	OutputTokens int64    `json:"outputTokens"`
	CostUSD      float64  `json:"costUsd"`
}

func (t summary) duration() time.Duration {
	if t.End == 0 {
		return -1
	}
	return time.Duration(t.End - t.Start)
}

// filterFlags defines the filters of a list of traces.
func filterFlags(flags *flag.FlagSet) url.Values {
	query := url.Values{}
	for key, what := range map[string]string{
		"q": "full `text` of any span", "status": "`status`: error, ok or open", "session": "`session`", "user": "`user`", "kind": "`kind` of the root",
		"model": "`model`", "name": "`part` of the name", "tag": "`tag`", "min": "least `duration`",
		"since": "how long ago at most, a `duration`", "until": "how long ago at least, a `duration`",
	} {
		flags.Func(key, what, func(s string) error { query.Set(key, s); return nil })
	}
	return query
}

func ls(ctx context.Context, args []string) error {
	flags, c, asJSON := clientFlags("ls")
	query := filterFlags(flags)
	flags.Func("limit", "how `many`, at most 500", func(s string) error { query.Set("limit", s); return nil })
	if _, err := parse(flags, args); err != nil {
		return err
	}
	if *asJSON {
		return c.copy(ctx, "/api/view/traces?"+query.Encode(), os.Stdout)
	}
	var page struct{ Traces []summary }
	if err := c.get(ctx, "/api/view/traces?"+query.Encode(), &page); err != nil {
		return err
	}
	style := styleOf(os.Stdout)
	for _, t := range page.Traces {
		mark := " "
		if t.Errors > 0 {
			mark = "!"
			if style.Color {
				mark = "\x1b[31m!\x1b[0m"
			}
		}
		tokens := ""
		if t.InputTokens+t.OutputTokens > 0 {
			tokens = fmt.Sprintf("%d>%d", t.InputTokens, t.OutputTokens)
		}
		fmt.Printf("%s %s %s  %-32.32s %4d spans %10s %14s %9s\n", mark, time.Unix(0, t.Start).Format("2006-01-02 15:04:05"),
			terminal.Clean(t.TraceID), terminal.Clean(t.Name), t.Spans, terminal.Duration(t.duration()), tokens, terminal.Cost(t.CostUSD))
	}
	return nil
}

func (c *client) copy(ctx context.Context, path string, w io.Writer) error {
	answer, err := c.do(ctx, http.MethodGet, path)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(w, answer.Body)
	return err
}

func show(ctx context.Context, args []string) error {
	flags, c, asJSON := clientFlags("show")
	rest, err := parse(flags, args, "TRACE")
	if err != nil {
		return err
	}
	path := "/api/view/traces/" + url.PathEscape(rest[0])
	if *asJSON {
		return c.copy(ctx, path+"/export?format=json", os.Stdout)
	}
	return c.tree(ctx, rest[0], os.Stdout)
}

// tree prints one trace.
func (c *client) tree(ctx context.Context, id string, w io.Writer) error {
	var view struct {
		Trace summary
		Spans [][]any
	}
	if err := c.get(ctx, "/api/view/traces/"+url.PathEscape(id), &view); err != nil {
		return err
	}
	var spans []terminal.Span
	for _, row := range view.Spans {
		if len(row) < 13 {
			return errors.New("the viewer is of another version")
		}
		text := func(i int) string { s, _ := row[i].(string); return s }
		number := func(i int) float64 { n, _ := row[i].(float64); return n }
		spans = append(spans, terminal.Span{
			ID: text(0), Parent: text(1), Name: text(2), Kind: text(3), Failed: number(4) == 2, Start: time.Duration(number(5)),
			Duration: time.Duration(number(6)), InputTokens: int64(number(9)), OutputTokens: int64(number(10)), CostUSD: number(11),
		})
	}
	t := view.Trace
	fmt.Fprintf(w, "%s  %s  %s\n", terminal.Clean(t.TraceID), time.Unix(0, t.Start).Format("15:04:05"), terminal.Duration(t.duration()))
	if t.Message != "" && t.Errors > 0 {
		fmt.Fprintln(w, "failed:", terminal.Clean(t.Message))
	}
	return terminal.Tree(w, spans, styleOf(os.Stdout))
}

// tail prints each trace when it has ended.
func tail(ctx context.Context, args []string) error {
	flags, c, asJSON := clientFlags("tail")
	if _, err := parse(flags, args); err != nil {
		return err
	}
	printed := map[string]int{} // number of spans of each trace when it was printed
	return c.live(ctx, func(id string) error { return c.printEnded(ctx, id, printed, *asJSON) })
}

// live calls f with each trace that changes, until ctx ends or f fails.
func (c *client) live(ctx context.Context, f func(id string) error) error {
	answer, err := c.do(ctx, http.MethodGet, "/api/view/live")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var change struct{ Traces []string }
		if err := json.Unmarshal([]byte(data), &change); err != nil {
			return err
		}
		for _, id := range change.Traces {
			if err := f(id); err != nil {
				return err
			}
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return errors.Join(errors.New("the viewer has ended"), lines.Err())
}

func (c *client) printEnded(ctx context.Context, id string, printed map[string]int, asJSON bool) error {
	var view struct{ Trace summary }
	if err := c.get(ctx, "/api/view/traces/"+url.PathEscape(id), &view); err != nil {
		return nil // deleted meanwhile
	}
	if view.Trace.End == 0 || printed[id] == view.Trace.Spans {
		return nil
	}
	if len(printed) > 10_000 {
		clear(printed)
	}
	printed[id] = view.Trace.Spans
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(view.Trace)
	}
	fmt.Println()
	return c.tree(ctx, id, os.Stdout)
}

func export(ctx context.Context, args []string) error {
	flags, c, asJSON := clientFlags("export")
	format := flags.String("format", "html", "`format`: html, json or otlp")
	to := flags.String("o", "", "`file` to write; by default standard output")
	rest, err := parse(flags, args, "TRACE")
	if err != nil {
		return err
	}
	if *asJSON {
		*format = "json"
	}
	answer, err := c.do(ctx, http.MethodGet, "/api/view/traces/"+url.PathEscape(rest[0])+"/export?format="+url.QueryEscape(*format))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	out := os.Stdout
	if *to != "" {
		if out, err = os.OpenFile(*to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
			return err
		}
	}
	_, err = io.Copy(out, answer.Body)
	if *to != "" {
		err = errors.Join(err, out.Close())
	}
	return err
}

func remove(ctx context.Context, args []string) error {
	flags, c, _ := clientFlags("rm")
	rest, err := parse(flags, args, "TRACE")
	if err != nil {
		return err
	}
	answer, err := c.do(ctx, http.MethodDelete, "/api/traces/"+url.PathEscape(rest[0]))
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// styleOf returns the style that the terminal supports, according to the environment.
func styleOf(f *os.File) terminal.Style {
	info, err := f.Stat()
	tty := err == nil && info.Mode()&os.ModeCharDevice != 0
	color := tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" || os.Getenv("CLICOLOR_FORCE") != ""
	return terminal.Style{Color: color, ASCII: os.Getenv("TERM") == "dumb", Width: 110}
}
