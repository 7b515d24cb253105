package mutbedrock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/integrations/mutbedrock"
)

// A bedrock is a server on loopback. It answers each request with the next of its
// answers, and repeats the last one.
type bedrock struct {
	*httptest.Server
	mu       sync.Mutex
	answers  []http.HandlerFunc
	requests []string // bodies of the requests
}

func newBedrock(t *testing.T, answers ...http.HandlerFunc) *bedrock {
	b := &bedrock{answers: answers}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

func (b *bedrock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // an aborted request gets no answer
	b.mu.Lock()
	b.requests = append(b.requests, r.Method+" "+r.URL.Path+" "+string(body))
	answer := b.answers[0]
	if len(b.answers) > 1 {
		b.answers = b.answers[1:]
	}
	b.mu.Unlock()
	w.Header().Set("X-Amzn-Requestid", "7a1f0c6e")
	answer(w, r)
}

// client returns a client of b that retries at once.
func (b *bedrock) client(traced bool) *bedrockruntime.Client {
	cfg := aws.Config{
		Region:       "eu-north-1",
		BaseEndpoint: aws.String(b.URL),
		HTTPClient:   patient{b.Client()},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
	}
	if traced {
		cfg.APIOptions = append(cfg.APIOptions, mutbedrock.Trace, mutbedrock.Trace) // registering twice must be harmless
	}
	return bedrockruntime.NewFromConfig(cfg)
}

// patient is an HTTP client that reads a request's body before it sends it. The SDK
// closes the body as soon as it has a response. A server on loopback can respond before
// net/http has finished with the body, which then breaks the connection.
type patient struct{ *http.Client }

func (p patient) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(data))
	}
	return p.Client.Do(req)
}

// say answers with JSON. headers are pairs of name and value.
func say(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func refuse(status int, code, message string) http.HandlerFunc {
	return say(status, fmt.Sprintf(`{"message":%q}`, message), "X-Amzn-Errortype", code)
}

// A step is part of a stream: it sends a message, or controls the connection.
type step func(http.ResponseWriter, *http.Request)

func stream(steps ...step) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		for _, s := range steps {
			s(w, r)
			_ = http.NewResponseController(w).Flush() // the caller may have gone
		}
	}
}

func event(name, payload string) step {
	return send(":message-type", "event", ":event-type", name, ":content-type", "application/json", payload)
}

func exception(name, payload string) step {
	return send(":message-type", "exception", ":exception-type", name, ":content-type", "application/json", payload)
}

func chunk(t *testing.T, text string) step {
	payload, err := json.Marshal(map[string]any{"bytes": []byte(text), "p": "abcdef"})
	require.NoError(t, err)
	return event("chunk", string(payload))
}

// send sends a message with headers, as pairs of name and value, followed by the
// payload.
func send(headersAndPayload ...string) step {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(encode(headersAndPayload...)) }
}

func encode(headersAndPayload ...string) []byte {
	last := len(headersAndPayload) - 1
	m := eventstream.Message{Payload: []byte(headersAndPayload[last])}
	for i := 0; i < last; i += 2 {
		m.Headers.Set(headersAndPayload[i], eventstream.StringValue(headersAndPayload[i+1]))
	}
	var b strings.Builder
	if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
		panic(err) // the test is wrong
	}
	return []byte(b.String())
}

// hold waits until the caller has disconnected.
func hold(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// abort breaks the connection.
func abort(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// notes are everything that a caller sees: results, events in their order, errors.
type notes []string

func (n *notes) add(v any) {
	if err, ok := v.(error); ok {
		text := err.Error()
		for err != nil {
			text += fmt.Sprintf(" %T", err)
			err = errors.Unwrap(err)
		}
		*n = append(*n, text)
		return
	}
	data, err := json.Marshal(v)
	if err != nil {
		data = fmt.Append(nil, err)
	}
	*n = append(*n, fmt.Sprintf("%T %s", v, data))
}
