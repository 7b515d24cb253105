package leftover

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// Each kind of record becomes a request of its protocol and signal.
func TestSpansAndLogs(t *testing.T) {
	dir := t.TempDir()
	c, err := mutagent.New(&mutagent.Options{Protocol: "otlp", Endpoint: "http://127.0.0.1:1", Events: "both",
		Spool: &mutagent.Spool{Dir: dir}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := c.Start(context.Background(), mutagent.KindTool, "find")
	slog.New(mutagent.NewHandler(slog.DiscardHandler, nil)).WarnContext(ctx, "slow")
	end()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.Shutdown(ended); err == nil {
		t.Fatal("it was delivered")
	}
	names := map[string]string{}
	found, err := Read(dir, func(r Request) error {
		read := intake.OTLPTraces
		if r.Path == "/v1/logs" {
			read = intake.OTLPLogs
		}
		b, err := read(r.Body, intake.Protobuf)
		for _, s := range b.Spans {
			names[r.Path] += s.Name
		}
		for _, l := range b.Logs {
			names[r.Path] += l.Body.(string)
		}
		return err
	})
	if err != nil || found.Records != 2 || found.Unknown > 0 || names["/v1/traces"] != "find" || names["/v1/logs"] != "slow" {
		t.Error(names, found, err)
	}
}

// FuzzRecord checks that any record results in a request or in none, without a panic.
func FuzzRecord(f *testing.F) {
	for _, protocol := range []string{"mutagent", "otlp"} {
		dir, err := os.MkdirTemp("", "leftover")
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(func() { os.RemoveAll(dir) })
		c, err := mutagent.New(&mutagent.Options{APIKey: "k", Protocol: protocol, Endpoint: "http://127.0.0.1:1", Spool: &mutagent.Spool{Dir: dir, AtEnd: true}, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			f.Fatal(err)
		}
		_, end := c.Start(context.Background(), mutagent.KindTool, "find")
		end()
		spool.Peek(dir, func(preamble []byte, records [][]byte) error { f.Add(preamble, records[0]); return nil })
	}
	f.Fuzz(func(t *testing.T, preamble, rec []byte) {
		if r, ok := request(preamble, records{rec}); ok && len(r.Body) == 0 {
			t.Error("a request of nothing")
		}
	})
}
