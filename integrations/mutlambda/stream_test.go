package mutlambda_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlambda"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// respond returns the response that lambda.Start gets from a handler that returns r.
func respond(t *testing.T, ctx context.Context, r io.Reader) io.ReadCloser {
	t.Helper()
	handler := mutlambda.Wrap(func() (io.Reader, error) { return r, nil })
	out, err := handler.(func(context.Context) (any, error))(ctx)
	require.NoError(t, err)
	return out.(io.ReadCloser)
}

// A slow server takes a second for a request.
type slow struct{ inMemory }

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(time.Second) // simulates a slow server, on the bubble's clock
	return s.inMemory.RoundTrip(r)
}

// TestLastBytesDoNotWait checks that only the end of the stream waits for the delivery.
func TestLastBytesDoNotWait(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"with the end":   iotest.DataErrReader(strings.NewReader("text")),
		"before the end": strings.NewReader("text"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := new(mutest.Recorder)
				client := clientOf(t, slow{inMemory{rec}})
				body := respond(t, client.Context(t.Context()), r)
				began := time.Now()
				p := make([]byte, 100)
				n, err := body.Read(p)
				assert.Equal(t, "text", string(p[:n]))
				require.NoError(t, err)
				assert.Zero(t, time.Since(began))
				assert.Empty(t, rec.Spans())

				for range 3 { // further reads also return the end
					n, err = body.Read(p)
					assert.Zero(t, n)
					assert.Equal(t, io.EOF, err)
					assert.Equal(t, time.Second, time.Since(began))
				}
				require.NoError(t, body.Close())
				assert.Equal(t, time.Second, time.Since(began))
				assert.Equal(t, mutagent.StatusOK, rec.Span("lambda").Status)
				assert.EqualValues(t, 4, rec.Span("lambda").Attributes["stream.bytes"])
				assert.Zero(t, client.Stats().LateWrites)
			})
		})
	}
}

// A file is a reader that implements everything that lambda.Start checks for.
type file struct {
	text   io.Reader
	closed *int
	err    error // returned by Close
}

func (f file) Read(p []byte) (int, error) { return f.text.Read(p) }
func (f file) Close() error               { *f.closed++; return f.err }
func (f file) ContentType() string        { return "text/html" }

func TestCloseBeforeTheEnd(t *testing.T) {
	errClose := errors.New("disk on fire")
	for name, c := range map[string]struct {
		err     error
		message string
	}{
		"well":  {nil, "the response was not read to its end"},
		"badly": {errClose, "disk on fire"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := new(mutest.Recorder)
			closed := 0
			body := respond(t, clientOf(t, inMemory{rec}).Context(t.Context()), file{strings.NewReader("text"), &closed, c.err})
			assert.Equal(t, "text/html", body.(interface{ ContentType() string }).ContentType())
			n, err := body.Read(make([]byte, 2))
			assert.Equal(t, 2, n)
			require.NoError(t, err)
			assert.Equal(t, c.err, body.Close())
			assert.Equal(t, 1, closed)
			span := rec.Span("lambda")
			assert.Equal(t, mutagent.StatusError, span.Status)
			assert.Equal(t, c.message, span.StatusMessage)
			assert.EqualValues(t, 2, span.Attributes["stream.bytes"])
		})
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("boom") }

func TestPanicWhileReading(t *testing.T) {
	rec := new(mutest.Recorder)
	body := respond(t, clientOf(t, inMemory{rec}).Context(t.Context()), panicking{})
	assert.PanicsWithValue(t, "boom", func() { _, _ = body.Read(nil) })
	assert.Equal(t, "panic: boom", rec.Span("lambda").StatusMessage)
}

// TestErrorWithBytes checks that an error with bytes is passed on unchanged:
// lambda.Start ignores the bytes.
func TestErrorWithBytes(t *testing.T) {
	rec := new(mutest.Recorder)
	errModel := errors.New("the model is gone")
	body := respond(t, clientOf(t, inMemory{rec}).Context(t.Context()), iotest.DataErrReader(io.MultiReader(strings.NewReader("text"), iotest.ErrReader(errModel))))
	text, err := io.ReadAll(body)
	assert.Equal(t, "text", string(text))
	assert.Equal(t, errModel, err)
	assert.Equal(t, "the model is gone", rec.Span("lambda").StatusMessage)
}
