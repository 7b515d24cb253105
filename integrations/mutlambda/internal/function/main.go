// Command function is a Lambda function for tests, selected by $FUNCTION. Its batch
// interval is an hour, so that only an explicit delivery sends its spans.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlambda"
)

func main() {
	if err := mutagent.Init(&mutagent.Options{BatchInterval: time.Hour}); err != nil {
		log.Fatal(err)
	}
	start, ok := functions[os.Getenv("FUNCTION")]
	if !ok {
		log.Fatalf("there is no function %q", os.Getenv("FUNCTION"))
	}
	start()
}

var functions = map[string]func(){
	"plain":        func() { lambda.Start(underOpenSpan(answer)) },
	"wrapped":      func() { lambda.Start(mutlambda.Wrap(answer)) },
	"panics":       func() { lambda.Start(mutlambda.Wrap(panics)) },
	"fatal":        func() { lambda.Start(mutlambda.Wrap(fatal)) },
	"exits":        func() { lambda.Start(mutlambda.Wrap(exits)) },
	"stream":       func() { lambda.Start(mutlambda.Wrap(stream)) },
	"broken":       func() { lambda.Start(mutlambda.Wrap(broken)) },
	"stream-plain": func() { lambda.Start(flushed(underOpenSpan(stream))) },
	"hangs":        func() { lambda.Start(mutlambda.Wrap(hangs)) },
	"hangs-plain":  func() { lambda.Start(underOpenSpan(hangs)) },
	"concurrent":   func() { all.Add(4); lambda.Start(mutlambda.Wrap(together)) },
	"sigterm":      func() { lambda.StartWithOptions(underOpenSpan(answer), mutlambda.SIGTERM()) },
}

// underOpenSpan is a handler without Wrap: nobody delivers its spans. The span above
// them stays open, because its end would trigger a delivery.
func underOpenSpan[T any](handler func(context.Context) (T, error)) func(context.Context) (T, error) {
	open, _ := mutagent.Start(context.Background(), mutagent.KindCustom, "open")
	return func(context.Context) (T, error) { return handler(open) }
}

// flushed delivers when the handler returns, like hand-written code.
func flushed[T any](handler func(context.Context) (T, error)) func(context.Context) (T, error) {
	return func(ctx context.Context) (T, error) {
		defer func() { _ = mutagent.Flush(ctx) }()
		return handler(ctx)
	}
}

func work(ctx context.Context) {
	_, end := mutagent.Start(ctx, mutagent.KindTool, "work")
	end()
}

func answer(ctx context.Context) (string, error) {
	work(ctx)
	return "done", nil
}

func panics(ctx context.Context) (string, error) {
	work(ctx)
	panic("boom")
}

func fatal(ctx context.Context) (string, error) {
	work(ctx)
	log.Fatal("fatal")
	return "", nil
}

func exits(ctx context.Context) (string, error) {
	work(ctx)
	mutagent.Exit(3)
	return "", nil
}

// hangs blocks until the process is killed, with an open span. Spans that have ended
// are sent, as a busy program would do.
func hangs(ctx context.Context) (string, error) {
	_, end := mutagent.Start(ctx, mutagent.KindLLMChat, "chat")
	defer end()
	work(ctx)
	_ = mutagent.Flush(ctx)
	select {}
}

// stream returns a text whose end ends a span.
func stream(ctx context.Context) (io.Reader, error) {
	_, end := mutagent.Start(ctx, mutagent.KindLLMChat, "chat")
	return &reader{text: strings.NewReader("word by word"), end: end}, nil
}

type reader struct {
	text io.Reader
	end  func(...*error)
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.text.Read(p)
	if err == io.EOF {
		r.end()
	}
	return n, err
}

func broken(context.Context) (io.Reader, error) {
	return io.MultiReader(strings.NewReader("word by"), failing{}), nil
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the model is gone") }

// all is done when the expected number of concurrent invocations has started.
var all sync.WaitGroup

// together returns when four invocations have started.
func together(ctx context.Context) (string, error) {
	work(ctx)
	all.Done()
	all.Wait()
	return "done", nil
}
