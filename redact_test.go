package mutagent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// A wiretap is a server that keeps the bytes it gets, and repeats them in its
// answer when it has to refuse.
type wiretap struct {
	*httptest.Server
	refuse bool

	mu  sync.Mutex
	got bytes.Buffer
}

func newWiretap(t testing.TB) *wiretap {
	w := new(wiretap)
	w.Server = httptest.NewServer(w)
	t.Cleanup(w.Server.Close)
	return w
}

func (w *wiretap) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	w.got.Write(body)
	w.mu.Unlock()
	if w.refuse {
		rw.WriteHeader(http.StatusBadRequest)
		_, _ = rw.Write(body)
		return
	}
	_, _ = io.WriteString(rw, `{"accepted":1,"rejected":0}`)
}

// texts is everything that w got: as it came, and as whoever decodes it reads it.
func (w *wiretap) texts(t *testing.T) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	decoded := json.NewDecoder(bytes.NewReader(w.got.Bytes()))
	all := w.got.String()
	for {
		var v any
		err := decoded.Decode(&v)
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
		all += fmt.Sprintln(v)
	}
}

// mask returns a redactor of one secret.
func mask(secret string) mutagent.Redactor {
	return func(_, text string) (string, int) {
		return strings.ReplaceAll(text, secret, "[x]"), strings.Count(text, secret)
	}
}

// plant puts a secret wherever a program can put a text, and shuts client down.
func plant(client *mutagent.Client, secret string) error {
	ctx := mutagent.WithSession(context.Background(), secret)
	ctx = mutagent.WithUser(ctx, "user "+secret)
	ctx = mutagent.WithTags(ctx, "tag", secret)
	ctx = mutagent.WithAttributes(ctx, slog.String(secret, secret))
	ctx, end := client.Start(ctx, mutagent.Kind(secret), secret, slog.Group(secret, "k", secret), slog.Any("any", []string{secret}))
	log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil)).With("k", secret).WithGroup(secret)
	log.InfoContext(ctx, secret, "k", secret, "err", errors.New(secret), slog.Group("g", "k", map[string]string{secret: secret}))

	_, span := client.StartSpan(ctx, mutagent.SpanOptions{Name: secret, Input: mutagent.IO{
		Text:      secret,
		Messages:  []mutagent.Message{{Role: secret, Name: secret, Content: secret, Parts: []mutagent.Part{{ID: secret, Name: secret, Arguments: map[string]any{"k": []string{secret}}}}, FinishReason: secret}},
		Documents: []mutagent.Document{{ID: secret, Content: secret, Metadata: secret}},
		Raw:       json.RawMessage(`{"k":{"l":` + quote(secret) + `}}`),
	}})
	span.SetStatus(mutagent.StatusError, secret)
	span.AddEvent(secret, slog.String("k", secret))
	span.End(mutagent.EndOptions{
		Output:  mutagent.IO{Text: "a", Raw: struct{ S string }{secret}},
		Metrics: mutagent.Metrics{Model: secret, Provider: secret},
		Err:     fmt.Errorf("wrapped: %w", errors.New(secret)),
	})
	span.AddEvent(secret, slog.String("late", secret))
	func() {
		defer func() { _ = recover() }()
		_, end := client.Start(ctx, mutagent.KindTool, "panics")
		defer end()
		panic(secret)
	}()
	_, open := client.StartSpan(ctx, mutagent.SpanOptions{Name: "open " + secret, Input: mutagent.IO{Text: secret}})
	end()
	err := client.Shutdown(context.Background())
	open.SetName("kept until here")
	return err
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

const planted = "hunter2-\"quoted\"-\\-é"

func TestRedaction(t *testing.T) {
	w := newWiretap(t)
	client, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_test", Endpoint: w.URL,
		Resource:  []slog.Attr{slog.String("k", planted), slog.Any(planted, planted)},
		Redactors: []mutagent.Redactor{mask(planted)},
	})
	require.NoError(t, err)
	require.NoError(t, plant(client, planted))
	got := w.texts(t)
	assert.NotContains(t, got, planted)
	assert.NotContains(t, got, "hunter2")
	assert.Contains(t, got, "open [x]", "the span that was open is sent, too")
	stats := client.Stats()
	assert.EqualValues(t, 48, stats.Masked, "each place once, however often it is sent")
	assert.Contains(t, got, fmt.Sprintf(`"masked":%d`, stats.Masked))
	assert.Zero(t, stats.Withheld)
	balanced(t, stats)
}

// TestRedactionOfErrors: some servers repeat what they refuse.
func TestRedactionOfErrors(t *testing.T) {
	w := newWiretap(t)
	w.refuse = true
	client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: w.URL, Redactors: []mutagent.Redactor{mask(planted)}})
	require.NoError(t, err)
	err = plant(client, planted)
	require.ErrorContains(t, err, "400")
	assert.NotContains(t, err.Error(), "hunter2")
}

// TestRedactionOfSpool reads what is left on disk when nothing can be delivered.
func TestRedactionOfSpool(t *testing.T) {
	for name, mode := range map[string]bool{"hand over": false, "at end": true} {
		t.Run(name, func(t *testing.T) {
			down := httptest.NewServer(http.NotFoundHandler())
			down.Close()
			dir := t.TempDir()
			client, err := mutagent.New(&mutagent.Options{
				APIKey: "mt_test", Endpoint: down.URL, Spool: &mutagent.Spool{Dir: dir, AtEnd: mode},
				Resource:  []slog.Attr{slog.String("k", planted)},
				Redactors: []mutagent.Redactor{mask(planted)},
			})
			require.NoError(t, err)
			require.Error(t, plant(client, planted))
			var kept []byte
			require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				text, err := os.ReadFile(path)
				kept = append(kept, text...)
				return err
			}))
			assert.Contains(t, string(kept), "[x]", "nothing was kept")
			assert.NotContains(t, string(kept), "hunter2")
		})
	}
}

func TestRedactorThatPanics(t *testing.T) {
	w := newWiretap(t)
	client, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_test", Endpoint: w.URL,
		Resource:  []slog.Attr{slog.String("k", planted)},
		Redactors: []mutagent.Redactor{func(string, string) (string, int) { panic("cannot read this") }},
	})
	require.NoError(t, err)
	require.NoError(t, plant(client, planted))
	got := w.texts(t)
	assert.NotContains(t, got, "hunter2")
	assert.Contains(t, got, `"status":"error"`)
	assert.Contains(t, got, `"withheld":5`)
	stats := client.Stats()
	assert.Equal(t, int64(5), stats.Withheld)
	assert.Equal(t, int64(3), stats.Delivered)
	balanced(t, stats)
}

func TestMetadataOnly(t *testing.T) {
	for name, make := range map[string]func(url string) (*mutagent.Client, error){
		"option": func(url string) (*mutagent.Client, error) {
			return mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: url, MetadataOnly: true})
		},
		"environment": func(url string) (*mutagent.Client, error) {
			t.Setenv("MUTAGENT_METADATA_ONLY", "true")
			return mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: url})
		},
		"context": func(url string) (*mutagent.Client, error) {
			t.Setenv("MUTAGENT_METADATA_ONLY", "")
			return mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: url})
		},
	} {
		w := newWiretap(t)
		client, err := make(w.URL)
		require.NoError(t, err, name)
		ctx := context.Background()
		if name == "context" {
			ctx = mutagent.WithMetadataOnly(ctx)
		}
		ctx, end := client.Start(ctx, mutagent.KindAgent, "name", slog.String("k", "hunter2"), slog.Int("n", 7))
		slog.New(mutagent.NewHandler(slog.DiscardHandler, nil)).WarnContext(ctx, "hunter2", "k", "hunter2")
		span := mutagent.FromContext(ctx)
		span.SetInput(mutagent.IO{Text: "hunter2"})
		span.SetError(errors.New("hunter2"))
		end()
		require.NoError(t, client.Shutdown(context.Background()), name)
		got := w.texts(t)
		assert.NotContains(t, got, "hunter2", name)
		for _, kept := range []string{`"name":"name"`, `"status":"error"`, `"n":7`, `"level":"WARN"`, `"error.type":"*errors.errorString"`} {
			assert.Contains(t, got, kept, name)
		}
	}
}

func TestBadRedactionOptions(t *testing.T) {
	_, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Redactors: []mutagent.Redactor{nil}})
	require.ErrorContains(t, err, "Redactors")
	t.Setenv("MUTAGENT_METADATA_ONLY", "perhaps")
	_, err = mutagent.New(&mutagent.Options{APIKey: "mt_test"})
	require.ErrorContains(t, err, "MUTAGENT_METADATA_ONLY")
}

func TestRedactionOfDebugOutput(t *testing.T) {
	r := newReceiver(t)
	stdout, stderr, code := child(t, r, "debug redaction")
	require.Zero(t, code, stderr)
	assert.Contains(t, stdout, "start ")
	assert.Contains(t, stdout, "accepted")
	assert.NotContains(t, stdout+stderr, "hunter2")
}

func init() {
	programs["debug redaction"] = func() {
		client, err := mutagent.New(&mutagent.Options{Debug: true, Redactors: []mutagent.Redactor{mask(planted)}})
		if err != nil {
			panic(err)
		}
		if err := plant(client, planted); err != nil {
			panic(err)
		}
	}
}

// FuzzRedaction looks for a secret in whatever leaves the process.
func FuzzRedaction(f *testing.F) {
	f.Add("hunter2")
	f.Add("\"\\\n\x00")
	f.Add("\xff\xfe")
	f.Add("</script>\u2028😀")
	w := newWiretap(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 100 {
			return // longer than a name, of which the beginning is kept
		}
		secret := "§" + text + "§" // no word of ours
		var repaired string        // as it is in JSON, which has no invalid UTF-8
		require.NoError(t, json.Unmarshal([]byte(quote(secret)), &repaired))
		w.mu.Lock()
		w.got.Reset()
		w.mu.Unlock()
		client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: w.URL, Redactors: []mutagent.Redactor{mask(secret), mask(repaired)}})
		require.NoError(t, err)
		require.NoError(t, plant(client, secret))
		got := w.texts(t)
		require.NotContains(t, got, secret)
		require.NotContains(t, got, repaired)
	})
}

// The line about a flush below an open span leaves the process, too.
func TestLineAboutAnOpenSpanIsRedacted(t *testing.T) {
	lines, w := io.Pipe()
	c, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_test", Endpoint: newWiretap(t).URL, Redactors: []mutagent.Redactor{mask(planted)},
		Logger: slog.New(slog.NewTextHandler(w, nil)),
	})
	require.NoError(t, err)
	ctx, end := c.Start(context.Background(), mutagent.KindTool, "lookup "+planted)
	require.NoError(t, mutagent.Flush(ctx))
	line := make([]byte, 4<<10)
	n, err := lines.Read(line)
	require.NoError(t, err)
	assert.Contains(t, string(line[:n]), "while the span")
	assert.NotContains(t, string(line[:n]), "hunter2")
	end()
	require.NoError(t, c.Shutdown(context.Background()))
}

// A secret that goes on behind the end of what a stream may send is masked as a whole.
func TestSecretAcrossTheCutOfAStream(t *testing.T) {
	const limit = 64 << 10
	w := newWiretap(t)
	c, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_test", Endpoint: w.URL, MaxSpanBytes: limit, Redactors: []mutagent.Redactor{mask(planted + planted + planted)},
	})
	require.NoError(t, err)
	before := strings.Repeat("y", limit-2*len(planted))
	items := func(context.Context) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			_ = yield(before, nil) && yield(planted+planted+planted, nil) && yield(before, nil)
		}
	}
	for range mutagent.Stream(c.Context(t.Context()), mutagent.KindTool, "stream", items, strings.Clone) {
	}
	require.NoError(t, c.Shutdown(context.Background()))
	assert.Contains(t, w.texts(t), "yyyy")
	assert.NotContains(t, w.texts(t), "hunter2")
}

// TestSecretAcrossTheCutOfATrace: sessions, users and tags are cut after redaction, too.
// Without a Redactor they are merely cut.
func TestSecretAcrossTheCutOfATrace(t *testing.T) {
	const limit = 1 << 10
	half := planted[:len("hunter2")]
	text := strings.Repeat("x", limit-len(half)) + planted
	for name, redactors := range map[string][]mutagent.Redactor{"redacted": {mask(planted)}, "plain": nil} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t)
			c := r.client(t, &mutagent.Options{Redactors: redactors})
			ctx := mutagent.WithTags(mutagent.WithUser(mutagent.WithSession(c.Context(t.Context()), text), text), text)
			assert.Equal(t, text[:limit], mutagent.SessionFromContext(ctx))
			for range 2 { // they share what was made of their trace
				_, end := mutagent.Start(ctx, mutagent.KindTool, "tool")
				end()
			}
			require.NoError(t, c.Flush(t.Context()))
			require.NotEmpty(t, r.bodies)
			for _, trace := range r.bodies[0].Traces {
				assert.LessOrEqual(t, len(trace.SessionID), limit)
				sent, err := json.Marshal(trace)
				require.NoError(t, err)
				assert.Equal(t, redactors == nil, strings.Contains(string(sent), half), "%s", sent)
				assert.NotContains(t, string(sent), planted)
			}
		})
	}
}
