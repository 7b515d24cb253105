package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/store"
)

var kills = flag.Int("kills", 3, "how often TestKill kills the viewer")

// TestMain lets the test binary run as the viewer, or as a traced program.
func TestMain(m *testing.M) {
	if os.Getenv("SPOOLER_UNDER_TEST") != "" {
		spoolSpans()
	}
	if os.Getenv("MUTVIEW_UNDER_TEST") != "" {
		if err := run(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// TestKill repeatedly kills the viewer while it receives spans, with one file. All
// spans of requests answered with 200 must be stored.
func TestKill(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	var answered []string
	for i := range *kills {
		answered = append(answered, sendUntilKilled(t, file, i)...)
	}
	if len(answered) == 0 {
		t.Fatal("nothing was answered: nothing was tested")
	}
	s, err := store.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, id := range answered {
		if _, err := s.Span(context.Background(), id, "span"); err != nil {
			t.Errorf("trace %s was answered with 200: %v", id, err)
		}
	}
	t.Logf("%d spans were answered, over %d kills", len(answered), *kills)
}

func sendUntilKilled(t *testing.T, file string, round int) (answered []string) {
	viewer, base := startViewer(t, "--listen", "127.0.0.1:0", "--store", file)
	defer viewer.Wait()
	defer viewer.Process.Kill()
	time.AfterFunc(time.Duration(100+rand.IntN(400))*time.Millisecond, func() { viewer.Process.Kill() })
	for n := 0; ; n++ {
		id := fmt.Sprintf("%d-%d", round, n)
		body := fmt.Sprintf(`{"traces":[{"traceId":%q,"startTime":"2026-01-01T00:00:00Z","spans":[{"spanId":"span","name":"x","startTime":"2026-01-01T00:00:00Z"}]}]}`, id)
		answer, err := http.Post(base+"/api/traces/batch", "application/json", bytes.NewReader([]byte(body)))
		if err != nil {
			return answered
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			answered = append(answered, id)
		}
	}
}

func TestUnknownCommandsAndFlagsAreTold(t *testing.T) {
	for _, args := range [][]string{{"frobnicate"}, {"serve", "x"}, {"show"}, {"ls", "extra"}, {"serve", "--max-size", "big"}} {
		if err := run(context.Background(), args); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
