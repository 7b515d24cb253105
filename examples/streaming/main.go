// Streaming traces an answer that arrives in chunks. Each chunk reaches the consumer
// immediately. The span has the time to the first chunk, and the output until the
// consumer stops reading.
//
//	go run ./examples/streaming
package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, stdout io.Writer) error {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()
	if err := mutagent.Init(&mutagent.Options{APIKey: "mt_local", Endpoint: server.URL}); err != nil {
		return err
	}

	for word, err := range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat toy-model", words, text) {
		if err != nil {
			return err
		}
		fmt.Fprint(stdout, word)
		if word == "left. " {
			break // the consumer stops early; that is not an error
		}
	}
	fmt.Fprint(stdout, "\n\n")

	if err := mutagent.Shutdown(ctx); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}

// words replaces a model's stream of deltas. Its context carries the span.
func words(context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for word := range strings.SplitAfterSeq("Your order has left. It arrives on Wednesday.", " ") {
			if !yield(word, nil) {
				return
			}
		}
	}
}

// text returns the text that a delta adds to the output.
func text(delta string) string { return delta }
