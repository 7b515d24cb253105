package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/muthttp"
)

// serveShop is the second process. It writes its URL to out, and serves until in ends.
func serveShop(ctx context.Context, in io.Reader, out io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", orders)
	server := &http.Server{Handler: muthttp.Handler(mux)} // requests continue the trace of their caller

	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(out, "http://%s\n", listener.Addr())
	_, err = io.Copy(io.Discard, in)

	err = errors.Join(err, server.Shutdown(ctx), mutagent.Shutdown(ctx))
	if e := <-served; e != http.ErrServerClosed {
		err = errors.Join(err, e)
	}
	return err
}

func orders(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "Order %s arrives on %s.", r.PathValue("id"), lookup(r.Context(), r.PathValue("id")))
}

func lookup(ctx context.Context, order string) (day string) {
	ctx, end := mutagent.Start(ctx, mutagent.KindRetrieval, "lookup", slog.String("order", order))
	defer end()
	mutagent.FromContext(ctx).AddEvent("found", slog.String("table", "deliveries"))
	return "Friday"
}
