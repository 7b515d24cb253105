package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/store"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/mutview"
)

// address is the vendor's address for development.
const address = "127.0.0.1:3003"

func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("mutview serve", flag.ContinueOnError)
	listen := flags.String("listen", address, "`address` to listen on; one that others can reach wants a token")
	token := flags.String("token", os.Getenv("MUTVIEW_TOKEN"), "`token` that clients have to show; made up where one is needed")
	host := flags.String("host", "", "`names` to answer to besides loopback ones, separated by commas")
	memory := flags.Bool("memory", false, "keep traces in memory only")
	file := flags.String("store", "", "SQLite `file`, or postgres://user@host/database; by default mutview.db in the user's data folder")
	age := flags.Duration("max-age", 30*24*time.Hour, "delete traces that arrived longer ago; 0 keeps them")
	size := flags.String("max-size", "4GB", "delete the oldest traces when the file is above this `size`; 0 is no limit")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("serve takes flags only, not %q", flags.Arg(0))
	}
	o := mutview.Options{MaxAge: *age, Token: *token, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	var err error
	if o.MaxSize, err = parseSize(*size); err != nil {
		return err
	}
	if !*memory {
		if o.Path, err = storePath(*file); err != nil {
			return err
		}
	}
	if *host != "" {
		o.Hosts = strings.Split(*host, ",")
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return fmt.Errorf("%w; is another mutview running? --listen takes another address", err)
	}
	defer l.Close()
	if bound := l.Addr().(*net.TCPAddr); !bound.IP.IsLoopback() {
		if o.Token == "" {
			o.Token = rand.Text()
		}
		if o.Hosts == nil {
			o.Hosts = []string{"*"} // the token keeps other pages out, because its cookie is SameSite
		}
	}
	h, err := mutview.New(o)
	if err != nil {
		return err
	}
	announce(l.Addr().String(), o)
	return listenUntil(ctx, l, h)
}

// listenUntil serves until ctx ends, and then stores the received spans.
func listenUntil(ctx context.Context, l net.Listener, h *mutview.Handler) error {
	streams, endStreams := context.WithCancel(context.Background())
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return streams },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	endStreams()
	within, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	server.Shutdown(within)
	return errors.Join(err, h.Close())
}

func announce(addr string, o mutview.Options) {
	link := "http://" + addr + "/"
	if o.Token != "" {
		link += "?token=" + o.Token
	}
	kept := cmp.Or(store.Shown(o.Path), "in memory")
	fmt.Printf("mutview is at %s\n  MutagenT API  MUTAGENT_SERVER_URL=http://%s\n  OTLP/HTTP     OTEL_EXPORTER_OTLP_ENDPOINT=http://%s\n  traces        %s\n",
		link, addr, addr, kept)
}

// storePath returns the file, by default in the user's data directory, and creates the
// directory if necessary.
func storePath(file string) (string, error) {
	if file != "" {
		return file, nil
	}
	dir := os.Getenv("XDG_DATA_HOME")
	if dir == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return "", fmt.Errorf("no folder for traces: %w; name a file with --store, or use --memory", err)
		}
		dir = config
		if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(config, filepath.Join(home, ".config")) {
			dir = filepath.Join(home, ".local", "share")
		}
	}
	dir = filepath.Join(dir, "mutview")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return filepath.Join(dir, "mutview.db"), nil
}

var units = []struct {
	suffix string
	bytes  int64
}{{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1}}

func parseSize(s string) (int64, error) {
	for _, u := range units {
		if number, ok := strings.CutSuffix(strings.ToUpper(s), u.suffix); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
			if err != nil || n < 0 {
				break
			}
			return n * u.bytes, nil
		}
	}
	return 0, fmt.Errorf("size %q is no size such as 500MB or 4GB", s)
}
