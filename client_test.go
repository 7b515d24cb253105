package mutagent_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// clearEnv keeps the developer's environment out of a test.
func clearEnv(t *testing.T) {
	for _, name := range []string{"MUTAGENT_API_KEY", "MUTAGENT_ENDPOINT", "MUTAGENT_SERVER_URL", "MUTAGENT_ENVIRONMENT", "MUTAGENT_DISABLED", "MUTAGENT_PROTOCOL", "MUTAGENT_WORKSPACE_ID", "MUTAGENT_ORG_ID", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"} {
		t.Setenv(name, "")
	}
}

func TestBadOptions(t *testing.T) {
	const secret = "sk_live_do_not_print"
	tests := []struct {
		name string
		opts mutagent.Options
		env  map[string]string
		want []string // what to find in the error: the field, and the cure
	}{
		{"key with a line break", mutagent.Options{APIKey: secret + "\nx"}, nil, []string{"APIKey", "line break", "position 21"}},
		{"key that is two words", mutagent.Options{}, map[string]string{"MUTAGENT_API_KEY": "Bearer " + secret}, []string{"MUTAGENT_API_KEY", "a space", "position 7"}},
		{"key that is not ASCII", mutagent.Options{APIKey: "ключ"}, nil, []string{"APIKey", "position 1"}},
		{"workspace", mutagent.Options{}, map[string]string{"MUTAGENT_WORKSPACE_ID": "a b"}, []string{"Workspace", "MUTAGENT_WORKSPACE_ID"}},
		{"protocol", mutagent.Options{Protocol: "grpc"}, nil, []string{"Protocol", "grpc", "mutagent/0.1"}},
		{"endpoint without a scheme", mutagent.Options{Endpoint: "api.mutagent.io"}, nil, []string{"Endpoint", "https://"}},
		{"endpoint with another scheme", mutagent.Options{Endpoint: "ftp://api.mutagent.io"}, nil, []string{"Endpoint", "https://"}},
		{"endpoint that is no URL", mutagent.Options{Endpoint: "https://a b"}, nil, []string{"Endpoint", "no URL"}},
		{"endpoint in the environment", mutagent.Options{}, map[string]string{"MUTAGENT_ENDPOINT": "http://"}, []string{"Endpoint", "host"}},
		{"endpoint with a password", mutagent.Options{Endpoint: "https://u:" + secret + "@h"}, nil, []string{"Endpoint", "no user"}},
		{"key in the clear", mutagent.Options{Endpoint: "http://collector.internal"}, nil, []string{"Endpoint", "https", "in the clear"}},
		{"batch size", mutagent.Options{BatchSize: -1}, nil, []string{"BatchSize", "-1", "positive"}},
		{"interval", mutagent.Options{BatchInterval: -time.Second}, nil, []string{"BatchInterval", "-1s"}},
		{"live", mutagent.Options{LiveInterval: -1}, nil, []string{"LiveInterval"}},
		{"queue", mutagent.Options{MaxQueueBytes: -1}, nil, []string{"MaxQueueBytes"}},
		{"batch", mutagent.Options{MaxBatchBytes: -1}, nil, []string{"MaxBatchBytes"}},
		{"span", mutagent.Options{MaxSpanBytes: -1}, nil, []string{"MaxSpanBytes"}},
		{"switch", mutagent.Options{}, map[string]string{"MUTAGENT_DISABLED": "perhaps"}, []string{"MUTAGENT_DISABLED", "perhaps", "true or false"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clearEnv(t)
			if tt.opts.APIKey == "" && tt.env["MUTAGENT_API_KEY"] == "" {
				tt.opts.APIKey = "mt_" + secret
			}
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			c, err := mutagent.New(&tt.opts)
			require.Error(t, err)
			assert.Nil(t, c)
			for _, want := range append(tt.want, "mutagent: ") {
				assert.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error(), secret)
		})
	}
}

func TestLoopbackEndpoints(t *testing.T) {
	clearEnv(t)
	for _, endpoint := range []string{"http://localhost:3003", "http://127.0.0.1", "http://127.9.9.9:1", "http://[::1]:80/", "https://example.com/base"} {
		c, err := mutagent.New(&mutagent.Options{APIKey: "mt_x", Endpoint: endpoint})
		require.NoError(t, err, endpoint)
		require.NoError(t, c.Shutdown(context.Background()))
	}
}

func TestEnvironment(t *testing.T) {
	clearEnv(t)
	t.Setenv("MUTAGENT_ENVIRONMENT", "staging")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=ignored, region=eu%20west")
	t.Setenv("OTEL_SERVICE_NAME", "shop")
	r := newReceiver(t)
	c := r.client(t, &mutagent.Options{Source: "manual", Resource: []slog.Attr{slog.Int("shard", 3)}})
	one(c, "span")
	require.NoError(t, c.Flush(context.Background()))
	b := r.bodies[0]
	assert.Equal(t, "staging", b.Traces[0].Environment)
	assert.Equal(t, "manual", b.Traces[0].Source)
	assert.Equal(t, "shop", b.resource()["service.name"])
	assert.Equal(t, "eu west", b.resource()["region"])
	assert.EqualValues(t, 3, b.resource()["shard"])
	assert.NotEmpty(t, b.resource()["host.name"])
}

func TestServerURLIsTheFallback(t *testing.T) {
	clearEnv(t)
	r := newReceiver(t)
	t.Setenv("MUTAGENT_API_KEY", "mt_env")
	t.Setenv("MUTAGENT_SERVER_URL", r.URL)
	c, err := mutagent.New(nil)
	require.NoError(t, err)
	one(c, "span")
	require.NoError(t, c.Shutdown(context.Background()))
	assert.Len(t, r.spans(), 1)
}

func TestOff(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"no key":   nil,
		"disabled": {"MUTAGENT_API_KEY": "mt_x", "MUTAGENT_DISABLED": "true"},
	} {
		t.Run(name, func(t *testing.T) {
			clearEnv(t)
			for k, v := range env {
				t.Setenv(k, v)
			}
			c, err := mutagent.New(nil)
			require.NoError(t, err)
			ctx, end := c.Start(context.Background(), mutagent.KindTool, "span")
			assert.Equal(t, context.Background(), ctx)
			end()
			_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{})
			assert.Nil(t, s)
			assert.Zero(t, c.Stats())
			require.NoError(t, c.Flush(context.Background()))
			require.NoError(t, c.Shutdown(context.Background()))
		})
	}
}

func TestNilClientRecordsNothing(t *testing.T) {
	var c *mutagent.Client
	ctx, end := c.Start(context.Background(), mutagent.KindTool, "span")
	end()
	assert.Nil(t, mutagent.FromContext(ctx))
	_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{})
	assert.Nil(t, s)
	ctx, end = mutagent.Start(c.Context(context.Background()), mutagent.KindTool, "span")
	end()
	assert.Nil(t, mutagent.FromContext(ctx))
	assert.Zero(t, c.Stats())
	require.NoError(t, c.Flush(context.Background()))
	require.NoError(t, c.Shutdown(context.Background()))
}

// TestOptionsAreCopied: the caller keeps its Options.
func TestOptionsAreCopied(t *testing.T) {
	opts := mutagent.Options{APIKey: "mt_x", HTTPClient: &http.Client{}}
	c, err := mutagent.New(&opts)
	require.NoError(t, err)
	assert.Equal(t, mutagent.Options{APIKey: "mt_x", HTTPClient: &http.Client{}}, opts)
	require.NoError(t, c.Shutdown(context.Background()))
}

// TestOptionsHideSecrets: options end up in logs and panics.
func TestOptionsHideSecrets(t *testing.T) {
	const secret = "s3cret-k3y"
	opts := mutagent.Options{APIKey: secret, Environment: "staging", OTLP: &mutagent.OTLP{Headers: map[string]string{"Authorization": secret}}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{opts, &opts, opts.OTLP, *opts.OTLP, []any{opts}} {
			assert.NotContains(t, fmt.Sprintf(verb, v), secret, "%s of %T", verb, v)
		}
	}
	assert.Contains(t, fmt.Sprintf("%+v", opts), "Environment:staging")
	assert.Equal(t, secret, opts.APIKey)
	assert.Equal(t, secret, opts.OTLP.Headers["Authorization"], "the caller's map stays as it is")
}

// programs are run in processes of their own, see child.
var programs = map[string]func(){
	"lazy": func() {
		ctx, end := mutagent.Start(context.Background(), mutagent.KindAgent, "lazy")
		slog.New(mutagent.NewHandler(slog.DiscardHandler, nil)).InfoContext(ctx, "event")
		end()
		if err := mutagent.Init(nil); err == nil {
			panic("a second default client")
		}
		if err := mutagent.Flush(context.Background()); err != nil {
			panic(err)
		}
		if err := mutagent.Shutdown(context.Background()); err != nil {
			panic(err)
		}
		if ctx, _ := mutagent.Start(context.Background(), mutagent.KindAgent, "after"); mutagent.FromContext(ctx) != nil {
			panic("a span after the shutdown")
		}
		if err := mutagent.Init(nil); err != nil { // and now it may be made anew
			panic(err)
		}
		_, end = mutagent.Start(context.Background(), mutagent.KindAgent, "again")
		end()
		_ = mutagent.Shutdown(context.Background())
	},
	"bad environment": func() {
		_, end := mutagent.Start(context.Background(), mutagent.KindAgent, "span")
		end()
		_, _ = io.WriteString(os.Stdout, mutagent.Flush(context.Background()).Error())
	},
	"debug": func() {
		if err := mutagent.Init(&mutagent.Options{Debug: true}); err != nil {
			panic(err)
		}
		_, end := mutagent.Start(context.Background(), mutagent.KindAgent, "noisy")
		end()
		_ = mutagent.Shutdown(context.Background())
	},
	"traced redactor": func() {
		name := "before Init"
		redactor := func(_, text string) (string, int) {
			_, end := mutagent.Start(context.Background(), mutagent.KindTool, name)
			end()
			return text, 0
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		context.AfterFunc(ctx, func() {
			if ctx.Err() == context.DeadlineExceeded {
				panic("Init does not return")
			}
		})
		if err := mutagent.Init(&mutagent.Options{Redactors: []mutagent.Redactor{redactor}}); err != nil {
			panic(err)
		}
		name = "after Init"
		_, end := mutagent.Start(context.Background(), mutagent.KindAgent, name)
		end()
		_ = mutagent.Shutdown(context.Background())
	},
	"hang": func() {
		if err := mutagent.Init(&mutagent.Options{LiveInterval: 10 * time.Millisecond}); err != nil {
			panic(err)
		}
		ctx, _ := mutagent.Start(context.Background(), mutagent.KindAgent, "hanging")
		slog.New(mutagent.NewHandler(slog.DiscardHandler, nil)).InfoContext(ctx, "the last words")
		select {} // until it is killed
	},
}

func TestLazyInit(t *testing.T) {
	r := newReceiver(t)
	_, stderr, code := child(t, r, "lazy")
	require.Zero(t, code, stderr)
	assert.Len(t, r.named()["lazy"].Events, 1)
	assert.Contains(t, r.named(), "again")
	assert.NotContains(t, r.named(), "after")
}

func TestFlushTellsOfABadEnvironment(t *testing.T) {
	stdout, stderr, code := child(t, newReceiver(t), "bad environment", "MUTAGENT_API_KEY=two words")
	require.Zero(t, code, stderr)
	assert.Contains(t, stdout, "MUTAGENT_API_KEY")
	assert.NotContains(t, stdout, "secret")
}

func TestDebug(t *testing.T) {
	stdout, stderr, code := child(t, newReceiver(t), "debug")
	require.Zero(t, code, stderr)
	lines := strings.Split(stdout, "\n")
	require.GreaterOrEqual(t, len(lines), 3, stdout)
	assert.Contains(t, lines[0], `start agent "noisy" trace=`)
	assert.Contains(t, lines[1], `end   agent "noisy" trace=`)
	assert.Contains(t, lines[2], "1 spans")
	assert.NotContains(t, stdout, "mt_child")
}

// TestLiveSpanSurvivesAKill: of an agent that hangs and is killed, everything up
// to its last moments is known.
func TestLiveSpanSurvivesAKill(t *testing.T) {
	r := newReceiver(t)
	shown := make(chan struct{}, 1)
	r.onAccepted(func() {
		if s, ok := r.named()["hanging"]; ok && len(s.Events) > 0 {
			select {
			case shown <- struct{}{}:
			default:
			}
		}
	})
	cmd := program(t, r, "hang")
	require.NoError(t, cmd.Start())
	<-shown
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	s := r.named()["hanging"]
	assert.Equal(t, "unset", s.Status)
	assert.Empty(t, s.EndTime)
	assert.Equal(t, "the last words", s.Events[0].Name)
}

// Init calls the Redactors, for what Options.Resource says. They may start spans.
func TestInitWithTracedRedactor(t *testing.T) {
	r := newReceiver(t)
	_, stderr, code := child(t, r, "traced redactor")
	require.Zero(t, code, stderr)
	assert.Contains(t, r.named(), "after Init")
	assert.NotContains(t, r.named(), "before Init")
}
