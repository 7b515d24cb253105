package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/mutagent-io/mutagent-go" // +
)

// This is an existing program: it sorts a shop's mail, and logs JSON. Only the lines
// marked with a plus were added for tracing.

func newLogger(w io.Writer) *slog.Logger {
	var h slog.Handler = slog.NewJSONHandler(w, nil)
	h = mutagent.NewHandler(h, nil) // +
	return slog.New(h)
}

func sortMail(ctx context.Context, log *slog.Logger, mail []string) {
	for i, text := range mail {
		folder, err := sortLetter(ctx, log.With("letter", i+1), text)
		if err == nil {
			log.InfoContext(ctx, "sorted", "folder", folder)
		}
	}
}

func sortLetter(ctx context.Context, log *slog.Logger, text string) (folder string, err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindChain, "sort-letter") // +
	defer end(&err)                                                    // +

	log.InfoContext(ctx, "reading", "length", len(text))
	for _, word := range []string{"refund", "order"} {
		if strings.Contains(text, word) {
			log.InfoContext(ctx, "found a word", "word", word)
			return word + "s", nil
		}
	}
	log.WarnContext(ctx, "nothing found, a person must read it")
	return "", fmt.Errorf("no folder for a letter of %d bytes", len(text))
}
