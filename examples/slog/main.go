// Slog adds tracing to a program that logs with slog: one import and three lines,
// marked in program.go. Log lines stay unchanged, and also become events of spans.
//
//	go run ./examples/slog
//
// Without MUTAGENT_API_KEY the traces are sent to a receiver in the program, which
// prints them.
package main

import (
	"context"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func main() {
	if err := run(context.Background(), os.Stdout, os.Stderr); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, stdout, stderr io.Writer) error {
	mail := []string{"Where is my order?", "I want a refund for my order.", "Hello!"}
	if os.Getenv("MUTAGENT_API_KEY") != "" {
		sortMail(ctx, newLogger(stderr), mail)
		return mutagent.Flush(ctx) // not needed in a program that keeps running
	}
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()
	if err := mutagent.Init(&mutagent.Options{APIKey: "mt_local", Endpoint: server.URL}); err != nil {
		return err
	}
	sortMail(ctx, newLogger(stderr), mail)
	if err := mutagent.Flush(ctx); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}
