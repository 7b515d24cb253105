package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mutagent-io/mutagent-go"
)

// spoolSpans is a program that spools spans that its server rejects. It reports when
// they are on disk, and exits when its input ends.
func spoolSpans() {
	c, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_local", Protocol: os.Getenv("SPOOLER_UNDER_TEST"), Endpoint: os.Args[1], ServiceName: "spooler",
		Spool: &mutagent.Spool{Dir: os.Args[2], AtEnd: true}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		panic(err)
	}
	log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	for i := range 250 { // more than one request of the MutagenT API may have
		ctx, end := c.Start(context.Background(), mutagent.KindTool, fmt.Sprintf("find %d", i))
		log.WarnContext(ctx, "slow")
		end()
	}
	fmt.Println("spooled")
	io.Copy(io.Discard, os.Stdin)
	if err := c.Shutdown(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func startSpooler(t *testing.T, protocol, endpoint, dir string) (program *exec.Cmd, input io.Closer) {
	t.Helper()
	program = exec.Command(os.Args[0], endpoint, dir)
	program.Env = append(os.Environ(), "SPOOLER_UNDER_TEST="+protocol)
	program.Stderr = os.Stderr
	in, err := program.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Process.Kill(); program.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "spooled\n" {
		t.Fatal(line, err)
	}
	return program, in
}

// contents returns the files in a directory.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			var text []byte
			text, err = os.ReadFile(path)
			all[path] = string(text)
		}
		return err
	})
	if err != nil || len(all) < 3 {
		t.Fatal(all, err)
	}
	return all
}

// Undelivered spans of a killed program can be imported, and stay in the spool for
// delivery.
func TestImportOfAKilledProgramsSpool(t *testing.T) {
	for _, protocol := range []string{"mutagent", "mutagent/0.1", "otlp"} {
		t.Run(strings.ReplaceAll(protocol, "/", " "), func(t *testing.T) {
			dir := t.TempDir()
			program, _ := startSpooler(t, protocol, "http://127.0.0.1:1", dir) // no server listens there
			program.Process.Kill()
			program.Wait()
			before := contents(t, dir)
			c := viewer(t)
			for range 2 { // the second import finds no new spans
				if err := runNow("import", "--url", c.base, dir); err != nil {
					t.Fatal(err)
				}
				spans := allSpans(t, c)
				if len(spans) != 250 {
					t.Errorf("%d spans", len(spans))
				}
				for i := range 250 {
					if !spans[fmt.Sprintf("find %d tool", i)] {
						t.Errorf("find %d is missing", i)
					}
				}
			}
			if !reflect.DeepEqual(before, contents(t, dir)) {
				t.Error("the spool was changed")
			}
			if protocol != "mutagent/0.1" { // which has no field for the name
				var page page
				if err := c.get(context.Background(), "/api/view/traces?service=spooler&limit=500", &page); err != nil || len(page.Traces) != 250 {
					t.Error(len(page.Traces), err)
				}
			}
		})
	}
}

func allSpans(t *testing.T, c *client) map[string]bool {
	t.Helper()
	var table struct{ Rows [][]string }
	if err := c.get(context.Background(), "/api/view/sql?q=SELECT+name||'+'||kind+FROM+span", &table); err != nil {
		t.Fatal(err)
	}
	spans := map[string]bool{}
	for _, row := range table.Rows {
		if spans[row[0]] {
			t.Errorf("%s is there twice", row[0])
		}
		spans[row[0]] = true
	}
	return spans
}

// A running program is not affected by the import, and delivers everything itself.
func TestImportOfALivingProgramsSpool(t *testing.T) {
	dir := t.TempDir()
	var up atomic.Bool
	target := viewer(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !up.Load() {
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		r.URL.Host, r.URL.Scheme = strings.TrimPrefix(target.base, "http://"), "http"
		r.RequestURI, r.Host = "", ""
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
		io.Copy(w, answer.Body)
	}))
	defer server.Close()
	program, input := startSpooler(t, "mutagent", server.URL, dir)
	c := viewer(t)
	if err := runNow("import", "--url", c.base, dir); err != nil {
		t.Fatal(err)
	}
	if n := len(allSpans(t, c)); n != 250 {
		t.Errorf("%d spans", n)
	}
	up.Store(true)
	input.Close()
	if err := program.Wait(); err != nil {
		t.Error("the program could not deliver", err)
	}
	if n := len(allSpans(t, target)); n != 250 {
		t.Errorf("the program delivered %d spans", n)
	}
}

func TestImportOfADirectoryThatIsNoSpool(t *testing.T) {
	if err := runNow("import", t.TempDir()); err == nil || !strings.Contains(err.Error(), "no spool") {
		t.Error(err)
	}
}
