package backends

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// TestBalanced runs docs/scale.md's two tiers, as their files have them but for addresses
// and patience: the spans of a trace come in several requests, meet at one Collector, and
// are kept or left out together.
func TestBalanced(t *testing.T) {
	last := address(t, "MUTAGENT_TEST_COLLECTOR")
	oracle := newOracle(t)
	var second []string
	var requests [2]atomic.Int64 // that each Collector of the second tier sent on
	for i := range requests {
		backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests[i].Add(1)
			g := &gate{next: last}
			pass := fault(well)
			g.now.Store(&pass)
			g.ServeHTTP(w, r)
		}))
		defer backend.Close()
		grpc := freeAddress(t)
		second = append(second, grpc)
		tier(t, "collector", grpc, fmt.Sprintf(`
receivers: {otlp: {protocols: {grpc: {endpoint: %q}, http: {endpoint: %q}}}}
processors: {tail_sampling: {decision_wait: 3s}}
extensions: {health_check: {endpoint: %q}}
`, grpc, freeAddress(t), freeAddress(t)), "BACKEND="+backend.URL, "QUEUE_DIR="+t.TempDir())
	}
	front := freeAddress(t)
	tier(t, "balancer", front, fmt.Sprintf(`
receivers: {otlp: {protocols: {http: {endpoint: %q}}}}
exporters: {loadbalancing: {resolver: {dns: null, static: {hostnames: [%q, %q]}}}}
extensions: {health_check: {endpoint: %q}}
`, front, second[0], second[1], freeAddress(t)))

	client, err := mutagent.New(&mutagent.Options{Protocol: "otlp", Endpoint: "http://" + front})
	require.NoError(t, err)
	label := fmt.Sprint("balanced ", time.Now().UnixNano())
	agents, tools := twoRequests(t, client, label)

	failing := map[string]bool{}
	for i := 0; i < len(agents); i += 2 {
		failing[agents[i]], failing[tools[i]] = true, true
	}
	oracle.expectAlso(label, failing)
	got, kept := oracle.arrived(label), 0
	for i := 1; i < len(agents); i += 2 {
		require.Equal(t, got[agents[i]], got[tools[i]], "a trace is kept or left out as a whole")
		kept += got[agents[i]]
	}
	require.Less(t, kept, len(agents)/4, "one in ten of those that did not fail")
	for i := range requests {
		require.Positive(t, requests[i].Load(), "both Collectors have a part")
	}
	t.Logf("%d traces that failed, all kept; of as many others %d; in %d and %d requests", len(agents)/2, kept, requests[0].Load(), requests[1].Load())
}

// twoRequests sends traces of two spans, whose tools fail in every other one and are sent
// before their agents end.
func twoRequests(t *testing.T, client *mutagent.Client, label string) (agents, tools []string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var open []*mutagent.Span
	for i := range 200 {
		within, agent := client.StartSpan(ctx, mutagent.SpanOptions{Kind: mutagent.KindAgent, Name: label})
		_, tool := client.StartSpan(within, mutagent.SpanOptions{Kind: mutagent.KindTool, Name: label})
		var err error
		if i%2 == 0 {
			err = errors.New("the warehouse is closed")
		}
		tool.End(mutagent.EndOptions{Err: err})
		open, agents, tools = append(open, agent), append(agents, agent.SpanID()), append(tools, tool.SpanID())
	}
	require.NoError(t, client.Flush(ctx))
	for _, agent := range open {
		agent.End(mutagent.EndOptions{Status: mutagent.StatusOK})
	}
	require.NoError(t, client.Shutdown(ctx))
	return agents, tools
}

// freeAddress is one on loopback that nobody listens at.
func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// tier runs a Collector with a configuration of docs/scale.md, and what else is said on
// top, until the test ends. It returns when address listens.
func tier(t *testing.T, name, address, onTop string, env ...string) {
	dir := t.TempDir()
	top := filepath.Join(dir, "top.yaml")
	require.NoError(t, os.WriteFile(top, []byte(onTop+"service: {telemetry: {metrics: {level: none}}}\n"), 0o600))
	log, err := os.Create(filepath.Join(dir, "log"))
	require.NoError(t, err)
	defer log.Close()
	cmd := exec.Command(filepath.Join(os.Getenv("MUTAGENT_TEST_COLLECTOR_DIR"), "build", "collector"),
		"--config", "collector/scale/"+name+".yaml", "--config", top)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if !within(patience, func() bool { return listens(address) }) {
		said, _ := os.ReadFile(log.Name())
		require.Fail(t, name+" does not listen", "%s", said)
	}
}
