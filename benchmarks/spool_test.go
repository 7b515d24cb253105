package benchmarks

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go"
)

// A model call with and without a spool, measured as BenchmarkSpanFull does.
func BenchmarkSpanSpool(b *testing.B) { run(b, spools(Full)...) }

// BenchmarkEndSpool measures the end alone. What counts is the median: now and
// then an end pays for a new file.
//
// The floor of an end that writes to the spool is a write of as many bytes to an
// open file of the same directory. The two are measured in turns, a burst of each.
func BenchmarkEndSpool(b *testing.B) {
	var took []time.Duration
	for _, i := range spools(func(ctx context.Context) { took = append(took, timedEnd(ctx)) }) {
		b.Run("impl="+i.name, func(b *testing.B) {
			r := i.start(b)
			took = nil
			floor := newBareWriter(b)
			for n := 1; b.Loop(); n++ {
				if r.op(); n%burst == 0 {
					r.flush()
					floor.burst()
				}
			}
			r.finish(b, b.N)
			b.ReportMetric(float64(median(took)), "median-ns/end")
			b.ReportMetric(float64(percentile(took, 99)), "p99-ns/end")
			floor.report(b)
		})
	}
}

// A bareWriter writes what a frame of the spool has, to a file of its own.
type bareWriter struct {
	file  *os.File
	frame []byte
	took  []time.Duration
}

func newBareWriter(b *testing.B) *bareWriter {
	f, err := os.Create(filepath.Join(b.TempDir(), "floor"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return &bareWriter{file: f, frame: make([]byte, frameSize(b))}
}

// burst appends a burst of frames and empties the file, as the spool does with what
// was delivered.
func (w *bareWriter) burst() {
	for range burst {
		began := time.Now()
		_, err := w.file.Write(w.frame)
		w.took = append(w.took, time.Since(began))
		if err != nil {
			panic(err) // no room
		}
	}
	_ = w.file.Truncate(0)
	_, _ = w.file.Seek(0, io.SeekStart)
}

func (w *bareWriter) report(b *testing.B) {
	if len(w.took) > 0 {
		b.ReportMetric(float64(median(w.took)), "median-ns/write")
		b.ReportMetric(float64(len(w.frame)), "bytes/write")
	}
}

// frameSize returns by how much a span lets the spool grow.
func frameSize(b *testing.B) int {
	dir := b.TempDir()
	silent := make(silent)
	c := newSpoolClient(b, silent, &mutagent.Spool{Dir: dir, AtEnd: true})
	ctx := c.Context(context.Background())
	Full(ctx)
	one := sizeOf(b, dir)
	Full(ctx)
	two := sizeOf(b, dir)
	close(silent)
	_ = c.Shutdown(ctx)
	return two - one
}

// A silent server does not answer before it is closed.
type silent chan struct{}

func (s silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-s
	return null{}.RoundTrip(r)
}

// sizeOf returns the size of all files below dir.
func sizeOf(b *testing.B, dir string) (size int) {
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += int(info.Size())
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return size
}

func timedEnd(ctx context.Context) time.Duration {
	_, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{
		Kind:  mutagent.KindLLMChat,
		Name:  "chat gpt-4o",
		Input: mutagent.IO{Text: question},
	})
	began := time.Now()
	span.End(mutagent.EndOptions{
		Output:  mutagent.IO{Text: answer},
		Metrics: mutagent.Metrics{Model: model, Provider: provider, InputTokens: inputTokens, OutputTokens: outputTokens},
	})
	return time.Since(began)
}

func spools(span func(context.Context)) []impl {
	return []impl{
		mutagentNull(span),
		spool("handover", false, span),
		spool("atend", true, span),
	}
}

func spool(name string, atEnd bool, span func(context.Context)) impl {
	return impl{name, func(b *testing.B) recorder {
		return recorderOf(newSpoolClient(b, null{}, &mutagent.Spool{Dir: b.TempDir(), AtEnd: atEnd}), span)
	}}
}

func newSpoolClient(b *testing.B, server http.RoundTripper, spool *mutagent.Spool) *mutagent.Client {
	c, err := mutagent.New(&mutagent.Options{
		APIKey:     "mt_benchmark",
		Endpoint:   "https://null.invalid",
		HTTPClient: &http.Client{Transport: server},
		Spool:      spool,
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}
