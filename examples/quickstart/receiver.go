package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// connect creates the default client. With a key in the environment it sends to
// MutagenT, with MUTAGENT_PROTOCOL=otlp to an OpenTelemetry backend, and report prints
// the endpoint. Otherwise it sends to a receiver in this process, and report prints the
// received trace.
func connect(context.Context) (report func(io.Writer) error, err error) {
	switch {
	case os.Getenv("MUTAGENT_PROTOCOL") == "otlp":
		return sentTo(cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), "http://localhost:4318")), mutagent.Init(&mutagent.Options{})
	case os.Getenv("MUTAGENT_API_KEY") != "":
		endpoint := cmp.Or(os.Getenv("MUTAGENT_ENDPOINT"), os.Getenv("MUTAGENT_SERVER_URL"), "https://api.mutagent.io")
		return sentTo(endpoint), mutagent.Init(&mutagent.Options{Endpoint: endpoint})
	}
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	report = func(w io.Writer) error {
		server.Close()
		return rec.WriteTree(w)
	}
	return report, mutagent.Init(&mutagent.Options{APIKey: "mt_quickstart", Endpoint: server.URL})
}

// sentTo returns a report for a trace that was sent to endpoint.
func sentTo(endpoint string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := fmt.Fprintln(w, "The trace was sent to", endpoint)
		return err
	}
}
