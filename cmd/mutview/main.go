// Command mutview is a local viewer for traces. It receives traces from this SDK, from
// the vendor's SDK and from any OpenTelemetry program, and shows them in the browser
// and in the terminal.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `mutview shows the traces of LLM programs, on this machine.

usage:
  mutview [serve] [flags]     take traces and show them at http://127.0.0.1:3003
  mutview tail                print traces as they end
  mutview ls                  list traces, the newest first
  mutview show TRACE          print a trace as a tree
  mutview export TRACE        write a trace as one HTML file, or --format json, otlp
  mutview import FILE...      send files: OTLP/JSON, lines of it, bodies of the API, or the directory of a spool
  mutview forward --to URL    send traces to an OTLP backend or to MutagenT: TRACE..., --since 1h, --follow
  mutview sql QUERY           what a SELECT finds; tables are trace, span, payload, log
  mutview mcp                 the traces as tools of a coding agent, on stdin and stdout
  mutview rm TRACE            delete a trace

mutview COMMAND -h lists the flags.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "mutview:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	command := "serve"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		command, args = args[0], args[1:]
	} else if len(args) > 0 && (args[0] == "-h" || args[0] == "--help") {
		fmt.Print(usage)
		return nil
	}
	switch command {
	case "serve":
		return serve(ctx, args)
	case "tail":
		return tail(ctx, args)
	case "ls":
		return ls(ctx, args)
	case "show":
		return show(ctx, args)
	case "export":
		return export(ctx, args)
	case "import":
		return importFiles(ctx, args)
	case "forward":
		return forwardTraces(ctx, args)
	case "sql":
		return runSQL(ctx, args)
	case "mcp":
		return serveMCP(ctx, args)
	case "rm":
		return remove(ctx, args)
	case "help":
		fmt.Print(usage)
		return nil
	}
	return fmt.Errorf("there is no command %q; mutview help lists them", command)
}
