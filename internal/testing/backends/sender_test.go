package backends

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

func TestMain(m *testing.M) {
	if os.Getenv("SENDER_URL") != "" {
		send()
		return
	}
	os.Exit(m.Run())
}

// send is a traced program: it ends spans until its standard input does, and writes down
// each that has ended. Then it delivers, and says what its client counted.
func send() {
	journal, err := os.OpenFile(os.Getenv("SENDER_JOURNAL"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	must(err)
	opts := &mutagent.Options{Protocol: "otlp", Endpoint: os.Getenv("SENDER_URL")}
	if dir := os.Getenv("SENDER_SPOOL"); dir != "" {
		opts.Spool = &mutagent.Spool{Dir: dir, AtEnd: true}
	}
	c, err := mutagent.New(opts)
	must(err)
	fmt.Println("up")
	stop := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); close(stop) }()
	load(c, os.Getenv("SENDER_NAME"), stop, func(id string) { fmt.Fprintln(journal, id) })

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.Shutdown(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	must(json.NewEncoder(os.Stdout).Encode(c.Stats()))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// said is the text of each span of the load.
var said = strings.Repeat("It was shipped on Monday. ", 20)

// load ends a thousand spans a second, and tells of each when its end has returned.
func load(c *mutagent.Client, name string, stop <-chan struct{}, ended func(id string)) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		for range 10 {
			_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Kind: mutagent.KindAgent, Name: name, Input: "Where is my order?"})
			s.End(mutagent.EndOptions{Output: said})
			ended(s.SpanID())
		}
	}
}

// A sender is a process that runs send.
type sender struct {
	*testing.T
	name, url, journal, spool string
	cmd                       *exec.Cmd
	stdin                     io.Closer
	stdout                    *bufio.Reader
}

func newSender(t *testing.T, url, spool string) *sender {
	return &sender{T: t, name: fmt.Sprint("load ", time.Now().UnixNano()), url: url, journal: t.TempDir() + "/journal", spool: spool}
}

func (s *sender) start() {
	s.cmd = exec.CommandContext(s.Context(), os.Args[0])
	s.cmd.Env = append(os.Environ(), "SENDER_URL="+s.url, "SENDER_NAME="+s.name, "SENDER_JOURNAL="+s.journal, "SENDER_SPOOL="+s.spool)
	s.cmd.Stderr = os.Stderr
	stdin, err := s.cmd.StdinPipe()
	require.NoError(s, err)
	stdout, err := s.cmd.StdoutPipe()
	require.NoError(s, err)
	require.NoError(s, s.cmd.Start())
	s.stdin, s.stdout = stdin, bufio.NewReader(stdout)
	line, err := s.stdout.ReadString('\n')
	require.NoError(s, err)
	require.Equal(s, "up\n", line)
}

// kill is SIGKILL.
func (s *sender) kill() {
	require.NoError(s, s.cmd.Process.Kill())
	require.Error(s, s.cmd.Wait())
}

// finish has the sender deliver, and returns what it counted.
func (s *sender) finish() (stats mutagent.Statistics) {
	require.NoError(s, s.stdin.Close())
	require.NoError(s, json.NewDecoder(s.stdout).Decode(&stats))
	require.NoError(s, s.cmd.Wait())
	return stats
}

// ended are the spans whose end had returned.
func (s *sender) ended() map[string]bool {
	text, err := os.ReadFile(s.journal)
	require.NoError(s, err)
	all := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if id, whole := strings.CutSuffix(line, "\n"); whole {
			all[id] = true
		}
	}
	return all
}

func dropped(stats mutagent.Statistics) (n int64) {
	for _, reason := range stats.Dropped {
		n += reason
	}
	return n
}
