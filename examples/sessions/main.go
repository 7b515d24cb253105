// Sessions sets session and user once, and every span below has them. The model calls
// of a judge are not traced.
//
//	go run ./examples/sessions
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http/httptest"
	"os"

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

	ctx = mutagent.WithSession(ctx, "chat-42")
	ctx = mutagent.WithUser(ctx, "ann")
	ctx = mutagent.WithTags(ctx, "beta")
	ctx = mutagent.WithAttributes(ctx, slog.String("tenant", "lamps"))
	for _, question := range []string{"Where is my order?", "Can I return it?"} {
		reply := answer(ctx, question)
		judge(mutagent.WithSuppressed(ctx), reply)
	}

	if err := mutagent.Shutdown(ctx); err != nil {
		return err
	}
	for _, t := range rec.Traces() {
		fmt.Fprintf(stdout, "session %s, user %s, tags %v: %d spans\n", t.SessionID, t.UserID, t.Tags, len(t.Spans))
	}
	return rec.WriteTree(stdout)
}

func answer(ctx context.Context, question string) string {
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
	defer end()
	mutagent.FromContext(ctx).SetInput(mutagent.IO{Text: question})
	return complete(ctx, "chat")
}

// judge rates an answer. Its model call is not part of the application.
func judge(ctx context.Context, reply string) { complete(ctx, "judge "+reply) }

func complete(ctx context.Context, name string) string {
	_, end := mutagent.Start(ctx, mutagent.KindLLMChat, name)
	defer end()
	return "Yes."
}
