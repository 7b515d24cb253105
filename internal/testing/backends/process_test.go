package backends

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A relay is a Collector of the test's own, between the sender and the one that writes
// down what it gets. What it has accepted it keeps in a queue on disk, as docs/scale.md
// has it, so that it can be killed.
type relay struct {
	*testing.T
	address, url, dir, next string
	cmd                     *exec.Cmd
}

// newRelay returns a relay to the Collector at next, which is not running yet.
func newRelay(t *testing.T, next string) *relay {
	r := &relay{T: t, address: freeAddress(t), dir: t.TempDir(), next: next}
	r.url = "http://" + r.address
	t.Cleanup(func() {
		if r.cmd != nil {
			r.kill()
		}
	})
	return r
}

// start starts the relay and returns when it listens. It refuses whenever it has more
// memory than limit, in MiB.
func (r *relay) start(limit int) {
	config := fmt.Sprintf(`
receivers: {otlp: {protocols: {http: {endpoint: %q}}}}
processors: {memory_limiter: {check_interval: 100ms, limit_mib: %d, spike_limit_mib: 1}}
exporters:
  otlphttp:
    endpoint: %q
    retry_on_failure: {enabled: true, initial_interval: 100ms, max_elapsed_time: 0s}
    sending_queue: {enabled: true, storage: file_storage, num_consumers: 2, queue_size: 100000}
extensions: {file_storage: {directory: %q, fsync: true}}
service:
  telemetry: {metrics: {level: none}}
  extensions: [file_storage]
  pipelines: {traces: {receivers: [otlp], processors: [memory_limiter], exporters: [otlphttp]}}
`, r.address, limit, r.next, r.dir)
	file := filepath.Join(r.dir, "config.yaml")
	require.NoError(r, os.WriteFile(file, []byte(config), 0o600))
	log, err := os.OpenFile(filepath.Join(r.dir, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(r, err)
	defer log.Close()
	r.cmd = exec.Command(filepath.Join(os.Getenv("MUTAGENT_TEST_COLLECTOR_DIR"), "build", "collector"), "--config", file)
	r.cmd.Stdout, r.cmd.Stderr = log, log
	require.NoError(r, r.cmd.Start())
	if !within(patience, func() bool { return listens(r.address) }) {
		said, _ := os.ReadFile(log.Name())
		require.Fail(r, "the relay does not listen", "%s", said)
	}
}

// kill is SIGKILL.
func (r *relay) kill() {
	require.NoError(r, r.cmd.Process.Kill())
	_ = r.cmd.Wait()
	r.cmd = nil
}

func listens(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

// within asks until the answer is yes, for as long as that takes at most.
func within(limit time.Duration, yes func() bool) bool {
	for deadline := time.Now().Add(limit); ; {
		if yes() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(50 * time.Millisecond) // another process has nothing to wait on
	}
}
