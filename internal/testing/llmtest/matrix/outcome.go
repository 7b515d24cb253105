package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest"
)

// A reaction is what the caller does after the first piece of a stream.
type reaction int

const (
	nothing reaction = iota
	goOn             // read on; the server sends the second piece only now
	cancel           // cancel the context
	leave            // stop reading
	forget           // stop reading without closing; the context ends later
)

// An outcome is everything that is visible from outside.
type outcome struct {
	items    []string
	err      string
	requests []llmtest.Request
}

// run makes the call against a server of its own.
func (c *course) run(t *testing.T, ctx context.Context, connect Connect) outcome {
	t.Helper()
	heard := make(chan struct{})
	server := llmtest.Serve(c.hold(heard)...)
	transport := &http.Transport{}
	client := connect(t, server.URL, &http.Client{Transport: transport})
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	timer := time.AfterFunc(patience, stop)

	var o outcome
	err := c.call(client)(ctx, func(item any) bool {
		o.items = append(o.items, text(item))
		if len(o.items) > 1 {
			return true
		}
		switch c.first {
		case goOn:
			close(heard)
		case cancel:
			stop()
		case leave, forget:
			return false
		}
		return true
	})
	if c.first == forget {
		stop()
	}
	transport.CloseIdleConnections()
	server.Close() // waits for requests under way
	if !timer.Stop() {
		t.Error("somebody waited for what never came, or kept the connection")
	}
	o.err = strings.ReplaceAll(describe(err), server.URL, "http://server")
	o.requests = server.Requests()
	return o
}

// hold makes the server wait for the caller, if the case needs that.
func (c *course) hold(heard <-chan struct{}) []llmtest.Step {
	if c.first != goOn {
		return c.script
	}
	return []llmtest.Step{c.script[0].HoldAfter(1, heard)}
}

// text formats the library's result.
func text(item any) string {
	if raw, ok := item.(interface{ RawJSON() string }); ok {
		return raw.RawJSON()
	}
	data, err := json.Marshal(item)
	if err != nil {
		return fmt.Sprintf("%#v", item)
	}
	return string(data)
}

// describe formats an error with the types and texts of all errors that it wraps.
func describe(err error) string {
	var lines []string
	for ; err != nil; err = errors.Unwrap(err) {
		lines = append(lines, fmt.Sprintf("%T: %v", err, err))
	}
	return strings.Join(lines, "\n")
}
