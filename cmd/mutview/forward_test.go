package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// foreign is an OpenTelemetry trace: a server span, and below it a model call with
// OpenInference attributes.
const foreign = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"telemetry.sdk.name","value":{"stringValue":"other"}},{"key":"deployment.environment.name","value":{"stringValue":"staging"}}]},
 "scopeSpans":[{"scope":{"name":"lib","version":"2"},"spans":[
  {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"GET /ask","kind":2,"startTimeUnixNano":"1700000000000000001","endTimeUnixNano":"1700000002000000000",
   "attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"retries","value":{"intValue":"9007199254740993"}}],
   "links":[{"traceId":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","spanId":"bbbbbbbbbbbbbbbb"}],"status":{"code":2,"message":"no answer"}},
  {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","parentSpanId":"eee19b7ec3c1b174","name":"ask","kind":3,"startTimeUnixNano":"1700000000500000000","endTimeUnixNano":"1700000001000000000",
   "attributes":[{"key":"openinference.span.kind","value":{"stringValue":"LLM"}},{"key":"llm.model_name","value":{"stringValue":"m-1"}},{"key":"session.id","value":{"stringValue":"s7"}},
    {"key":"llm.token_count.prompt","value":{"intValue":"12"}},{"key":"llm.input_messages.0.message.role","value":{"stringValue":"user"}},{"key":"llm.input_messages.0.message.content","value":{"stringValue":"where is zanzibar?"}},
    {"key":"output.value","value":{"stringValue":"in the sea"}}],
   "events":[{"timeUnixNano":"1700000000600000000","name":"first word"}],"status":{}}]}]}]}`

// comparable is the part of a trace that must be the same in every store.
type comparable struct {
	Trace summary
	Spans []any
	Facts map[string]map[string]any
}

func (c *client) comparable(t *testing.T, id string) comparable {
	t.Helper()
	var view comparable
	if err := c.get(context.Background(), "/api/view/traces/"+id, &view); err != nil {
		t.Fatal(err)
	}
	view.Facts = map[string]map[string]any{}
	for _, row := range view.Spans {
		name := row.([]any)[0].(string)
		var span map[string]any
		if err := c.get(context.Background(), "/api/view/traces/"+id+"/spans/"+name, &span); err != nil {
			t.Fatal(err)
		}
		// The protocols encode these fields differently; their meaning is compared above.
		for _, key := range []string{"attributes", "resource", "raw", "scope", "scopeVersion", "links", "traceId"} {
			delete(span, key)
		}
		view.Facts[name] = span
	}
	return view
}

func runNow(args ...string) error { return run(context.Background(), args) }

// Another viewer receives the stored data, by either protocol.
func TestForwardToAnotherViewer(t *testing.T) {
	t.Setenv("MUTAGENT_API_KEY", "mt_local")
	for _, protocol := range []string{"otlp", "mutagent"} {
		t.Run(protocol, func(t *testing.T) {
			first, second := viewer(t), viewer(t)
			imported(t, first, foreign+batch)
			if err := runNow("forward", "--url", first.base, "--to", second.base, "--protocol", protocol, "--since", "99999h", "--until", "0s"); err != nil {
				t.Fatal(err)
			}
			const id = "5b8efff798038103d269b633813fc60c"
			a, b := first.comparable(t, id), second.comparable(t, id)
			// The unset status of an ended OpenTelemetry span becomes ok in this SDK; a link
			// becomes an event; in MutagenT a session belongs to a trace; a model's text is a
			// message.
			for _, view := range []*comparable{&a, &b} {
				for _, row := range view.Spans {
					row.([]any)[4], row.([]any)[12] = nil, nil
				}
				for _, span := range view.Facts {
					delete(span, "status")
					delete(span, "events")
					delete(span, "session")
					if out := span["output"]; out != nil && strings.Contains(text(out), `"text": "in the sea"`) {
						span["output"] = "in the sea"
					}
				}
			}
			if !reflect.DeepEqual(a, b) {
				t.Errorf("stored\n%s\narrived\n%s", text(a), text(b))
			}
			var page page
			if err := second.get(context.Background(), "/api/view/traces?name=agent", &page); err != nil || len(page.Traces) != 1 || page.Traces[0].Message != "plan: overloaded" {
				t.Error(page, err)
			}
			var span struct {
				Attributes map[string]any
				Resource   map[string]any
				Events     []struct{ Name string }
			}
			if err := second.get(context.Background(), "/api/view/traces/"+id+"/spans/eee19b7ec3c1b174", &span); err != nil {
				t.Fatal(err)
			}
			if span.Resource["service.name"] != "shop" || span.Attributes["span.kind"] != "server" || span.Attributes["otel.scope.name"] != "lib" ||
				!slices.ContainsFunc(span.Events, func(e struct{ Name string }) bool { return e.Name == "link" }) {
				t.Errorf("%+v", span)
			}
		})
	}
}

func text(v any) string {
	b, _ := json.MarshalIndent(v, "", " ")
	return string(b)
}

// MutagenT receives requests that its contract allows, with all data for which it has a
// field.
func TestForwardToMutagenT(t *testing.T) {
	server := mutest.NewServer(t)
	t.Setenv("MUTAGENT_API_KEY", "mt_live_example")
	t.Setenv("OTEL_SERVICE_NAME", "the-forwarder")
	first := viewer(t)
	imported(t, first, foreign+batch)
	if err := runNow("forward", "--url", first.base, "--to", server.URL, "--protocol", "mutagent", "5b8efff798038103d269b633813fc60c", "t1"); err != nil {
		t.Fatal(err)
	}
	ask := server.Span("ask")
	if ask.TraceID != "5b8efff798038103d269b633813fc60c" || ask.SpanID != "eee19b7ec3c1b175" || ask.ParentID != "eee19b7ec3c1b174" ||
		ask.Kind != mutagent.KindLLMChat || ask.Metrics.Model != "m-1" || ask.Metrics.InputTokens != 12 || !ask.Start.Equal(time.Unix(0, 1700000000500000000)) ||
		ask.Duration != 500*time.Millisecond || len(ask.Input.Messages) != 1 || ask.Input.Messages[0].Content != "where is zanzibar?" ||
		ask.Output.Text != "in the sea" || ask.Attributes["output.value"] != nil || ask.Events[0].Name != "first word" {
		t.Errorf("%+v", ask)
	}
	plan := server.Span("plan")
	if plan.Status != mutagent.StatusError || plan.StatusMessage != "overloaded" || plan.Events[0].Level != "WARN" || plan.Attributes["ratio"] != 0.5 {
		t.Errorf("%+v", plan)
	}
	for _, r := range server.Requests() { // a repeated key has two values
		if traces, sdks := bytes.Count(r.Body, []byte(`"traceId"`)), bytes.Count(r.Body, []byte(`"telemetry.sdk.name"`)); traces != sdks {
			t.Errorf("%d traces name the SDK %d times: %s", traces, sdks, r.Body)
		}
	}
	for _, tr := range server.Traces() {
		for _, s := range tr.Spans {
			if s.Name == "ask" && (tr.Metadata["service.name"] != "shop" || tr.SessionID != "s7") {
				t.Errorf("%+v", tr)
			}
		}
	}
}

// With --follow, traces are forwarded as they end, each span once.
func TestForwardFollows(t *testing.T) {
	first, second := viewer(t), viewer(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	arrived := make(chan string, 100)
	go second.live(ctx, func(id string) error { arrived <- id; return nil })
	ended := make(chan error)
	go func() {
		ended <- run(ctx, []string{"forward", "--follow", "--name", "agent", "--url", first.base, "--to", second.base})
	}()
	// Nothing signals when both listen, so the test adds traces until both do.
	for n := 0; ; n++ {
		imported(t, first, strings.ReplaceAll(batch, `"t1"`, `"`+strings.Repeat("0", n)+`1"`))
		select {
		case <-arrived:
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			return
		case <-time.After(50 * time.Millisecond):
			if n > 200 {
				t.Fatal("nothing arrives")
			}
		}
	}
}

func TestForwardSaysWhatIsWrong(t *testing.T) {
	first := viewer(t)
	imported(t, first, batch)
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }))
	defer refuses.Close()
	forward := func(args ...string) error {
		return runNow(append([]string{"forward", "--url", first.base}, args...)...)
	}
	for want, err := range map[string]error{
		"--to":             forward("t1"),
		"a filter":         forward("--to", refuses.URL),
		"MUTAGENT_API_KEY": forward("--to", "https://api.mutagent.io", "t1"),
		"neither":          forward("--to", refuses.URL, "--protocol", "x", "t1"),
		"403":              forward("--to", refuses.URL, "t1"),
		"no such trace":    forward("--to", refuses.URL, "t2"),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s: %v", want, err)
		}
	}
	t.Setenv("MUTAGENT_DISABLED", "1")
	if err := forward("--to", refuses.URL, "t1"); err == nil || !strings.Contains(err.Error(), "MUTAGENT_DISABLED") {
		t.Error(err)
	}
}
