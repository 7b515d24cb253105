package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

var (
	scale      = flag.Int("scale", 6_000, "how many spans TestScale stores")
	scaleStore = flag.String("scale-store", "", "where TestScale stores them; by default in a file")
)

// burst is the number of spans that TestScale sends before the index may delay
// ingestion.
const burst = 40_000

// TestScale fills a viewer in a process of its own with spans of 2 KB, and times the
// requests of the page. It prints the figures; docs/mutview.md has those of a million
// spans.
func TestScale(t *testing.T) {
	file := cmp.Or(*scaleStore, filepath.Join(t.TempDir(), "x.db"))
	v, base := startViewer(t, "--listen", "127.0.0.1:0", "--store", file, "--max-size", "0")
	c := &client{base: base}
	first := min(burst, *scale)
	took := load(t, base, first)
	t.Logf("the first %d spans: %.0f a second answered, %.0f µs of processor time each, the index still behind", first, float64(first)/took.Seconds(), each(v, first))
	began := time.Now()
	load(t, base, *scale-first)
	look := time.NewTicker(100 * time.Millisecond) // the viewer is another process, and only its file tells when the index is complete
	defer look.Stop()
	for left := 1.0; left > 0; <-look.C {
		var table struct{ Rows [][]float64 }
		if err := c.get(context.Background(), "/api/view/sql?q="+url.QueryEscape("SELECT count(*) FROM span WHERE indexed = 0"), &table); err != nil {
			t.Fatal(err)
		}
		left = table.Rows[0][0]
	}
	if rest := *scale - first; rest > 0 {
		t.Logf("the other %d: %.0f a second with the index; all of them %.0f µs of processor time each", rest, float64(rest)/time.Since(began).Seconds(), each(v, *scale))
	}
	if info, err := os.Stat(file); err == nil {
		t.Logf("file %d MB", info.Size()>>20)
	}
	t.Logf("memory, peak %s", peak(v.Process.Pid))
	ask(t, c)
	t.Logf("memory, peak %s", peak(v.Process.Pid))
}

// each returns the CPU time of a program in microseconds per span. Unlike wall-clock
// time it does not include other work of the machine.
func each(v *exec.Cmd, spans int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", v.Process.Pid))
	if err != nil {
		return math.NaN()
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) * 10_000 / float64(spans) // ticks of 10 ms
}

// ask times the requests of the page, and prints the best and the median of eleven.
func ask(t *testing.T, c *client) {
	var list page
	if err := c.get(context.Background(), "/api/view/traces?limit=500", &list); err != nil || len(list.Traces) == 0 {
		t.Fatal(list, err)
	}
	newest, old := list.Traces[0].TraceID, list.Traces[len(list.Traces)-1].TraceID
	for _, q := range []struct{ what, path string }{
		{"list", "/api/view/traces"}, {"list of failed ones", "/api/view/traces?status=error"}, {"list of one session", "/api/view/traces?session=s1"},
		{"list's next page", "/api/view/traces?cursor=" + list.Next}, {"list of a service", "/api/view/traces?service=svc"}, {"list of none", "/api/view/traces?name=nosuchname"},
		{"trace", "/api/view/traces/" + newest}, {"old trace", "/api/view/traces/" + old}, {"span", "/api/view/traces/" + newest + "/spans/" + spanOf(t, c, newest)},
		{"search, rare word", "/api/view/traces?q=zanzibar"}, {"search, no such word", "/api/view/traces?q=xylophone"}, {"search, a word of every span", "/api/view/traces?q=customs"},
		{"search, two words of every span", "/api/view/traces?q=monday+paris"}, {"search, phrase", "/api/view/traces?q=%22monday+and%22"}, {"search in a trace", "/api/view/traces/" + newest + "/search?q=customs"},
		{"sessions", "/api/view/sessions"}, {"percentiles", "/api/view/names"},
	} {
		var times []time.Duration
		size := 0
		for range 11 {
			began := time.Now()
			answer, err := c.do(context.Background(), http.MethodGet, q.path)
			if err != nil {
				t.Fatal(q.what, err)
			}
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil {
				t.Fatal(q.what, err)
			}
			times, size = append(times, time.Since(began)), len(body)
		}
		slices.Sort(times)
		t.Logf("%-32s %7.1f ms, median %7.1f, slowest %7.1f, %d bytes", q.what, ms(times[0]), ms(times[5]), ms(times[10]), size)
	}
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

func spanOf(t *testing.T, c *client, id string) string {
	var view struct{ Spans [][]any }
	if err := c.get(context.Background(), "/api/view/traces/"+id, &view); err != nil {
		t.Fatal(err)
	}
	return view.Spans[0][0].(string)
}

// load sends spans from four clients, 500 per request.
func load(t *testing.T, base string, spans int) time.Duration {
	t.Helper()
	work := make(chan int, spans/500+1)
	for from := 0; from < spans; from += 500 {
		work <- min(500, spans-from)
	}
	close(work)
	var senders sync.WaitGroup
	began := time.Now()
	for range 4 {
		senders.Go(func() {
			for n := range work {
				answer, err := http.Post(base+"/v1/traces", "application/x-protobuf", bytes.NewReader(request(n)))
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					t.Error(answer.Status)
				}
			}
		})
	}
	senders.Wait()
	return time.Since(began)
}

var words = strings.Fields("the order was shipped on monday and will arrive by thursday in paris unless customs hold it back")

// texts are the texts of spans: everyday words, and some rare ones.
var texts = sync.OnceValue(func() (list []string) {
	for range 4000 {
		var b strings.Builder
		for b.Len() < 800 {
			if n := rand.ExpFloat64(); n < 3 {
				b.WriteString(words[rand.IntN(len(words))])
			} else {
				fmt.Fprintf(&b, "word%d", rand.IntN(20_000))
			}
			b.WriteByte(' ')
		}
		list = append(list, b.String())
	}
	return list
})

// request returns an OTLP request with the given number of spans of 2 KB, ten to a
// trace.
func request(spans int) []byte {
	text := func(k, v string) *commonpb.KeyValue {
		return &commonpb.KeyValue{Key: k, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: v}}}
	}
	number := func(k string, n int) *commonpb.KeyValue {
		return &commonpb.KeyValue{Key: k, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: int64(n)}}}
	}
	now := uint64(time.Now().UnixNano())
	var list []*tracepb.Span
	var traceID, root []byte
	session := ""
	for i := range spans {
		id := fmt.Appendf(nil, "%08x", rand.Uint32())
		if i%10 == 0 {
			traceID, root, session = fmt.Appendf(nil, "%016x", rand.Uint64()), nil, fmt.Sprintf("s%d", rand.IntN(20_000))
		}
		input := texts()[rand.IntN(4000)] + fmt.Sprint(rand.Uint32())
		if rand.IntN(50_000) == 0 {
			input += " zanzibar"
		}
		status := tracepb.Status_STATUS_CODE_OK
		if rand.IntN(500) == 0 {
			status = tracepb.Status_STATUS_CODE_ERROR
		}
		list = append(list, &tracepb.Span{TraceId: traceID, SpanId: id, ParentSpanId: root, Name: fmt.Sprintf("step %d", i%10), Kind: 3,
			StartTimeUnixNano: now + uint64(i)*1000, EndTimeUnixNano: now + uint64(rand.IntN(1e9)), Status: &tracepb.Status{Code: status},
			Attributes: []*commonpb.KeyValue{text("gen_ai.operation.name", "chat"), text("gen_ai.request.model", "gpt-4o"), text("session.id", session),
				text("input.value", input), text("output.value", texts()[rand.IntN(4000)]), number("gen_ai.usage.input_tokens", rand.IntN(1000)),
				number("gen_ai.usage.output_tokens", rand.IntN(1000))}})
		if root == nil {
			root = id
		}
	}
	resource := &tracepb.ResourceSpans{ScopeSpans: []*tracepb.ScopeSpans{{Spans: list}}}
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: []*tracepb.ResourceSpans{resource}})
	if err != nil {
		panic(err)
	}
	return body
}

var announced = regexp.MustCompile(`mutview is at (http://\S+)/`)

// startViewer starts the viewer as a separate process.
func startViewer(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	v := exec.Command(os.Args[0], args...)
	v.Env = append(os.Environ(), "MUTVIEW_UNDER_TEST=1")
	v.Stderr = os.Stderr
	out, err := v.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Process.Kill(); v.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	m := announced.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("the viewer said %q, %v", line, err)
	}
	return v, m[1]
}

// peak returns the peak memory of a process, if the system reports it.
func peak(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "unknown"
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
