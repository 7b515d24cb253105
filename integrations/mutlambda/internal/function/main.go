// Command function is a Lambda function for tests. $FUNCTION says which. Its spans
// wait for an hour, so that nothing but a delivery on purpose sends them.
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

// underOpenSpan is what a handler is without Wrap: nobody delivers its spans. The
// span above them stays open, as its end would have them sent soon.
func underOpenSpan[T any](handler func(context.Context) (T, error)) func(context.Context) (T, error) {
	open, _ := mutagent.Start(context.Background(), mutagent.KindCustom, "open")
	return func(context.Context) (T, error) { return handler(open) }
}

// flushed delivers when the handler returns, as one would write it by hand.
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

// hangs until the process is killed, with an open span. What has ended is sent, as a
// busy program would have done by itself.
func hangs(ctx context.Context) (string, error) {
	_, end := mutagent.Start(ctx, mutagent.KindLLMChat, "chat")
	defer end()
	work(ctx)
	_ = mutagent.Flush(ctx)
	select {}
}

// stream answers with a text whose end ends a span.
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

// all is done when there are as many invocations as are to run at a time.
var all sync.WaitGroup

// together returns when four invocations have come.
func together(ctx context.Context) (string, error) {
	work(ctx)
	all.Done()
	all.Wait()
	return "done", nil
}
