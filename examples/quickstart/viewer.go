package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mutagent-io/mutagent-go"
)

// viewer is the program that --view builds and starts. It is a separate program because
// it includes a database, which a quickstart should not need to download.
const viewer = "github.com/mutagent-io/mutagent-go/cmd/mutview"

// connectViewer starts a viewer and creates the default client, which sends to it.
// report prints the URL of the trace, and returns when the viewer has exited.
func connectViewer(ctx context.Context) (report func(io.Writer) error, err error) {
	dir, err := os.MkdirTemp("", "quickstart")
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(os.Stderr, "Building the viewer; the first time takes a minute.")
	program := filepath.Join(dir, "mutview.exe") // only Windows needs the suffix
	build := exec.CommandContext(ctx, "go", "build", "-o", program, viewer)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, errors.Join(fmt.Errorf("build %s, which takes the go command and a clone to be in: %w", viewer, err), os.RemoveAll(dir))
	}
	url, wait, err := start(ctx, program, "--memory", "--listen", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	report = func(w io.Writer) error {
		fmt.Fprintf(w, "The trace is at %s until you press Ctrl-C.\n", url)
		return errors.Join(wait(), os.RemoveAll(dir))
	}
	return report, mutagent.Init(&mutagent.Options{APIKey: "mt_local", Endpoint: strings.TrimSuffix(url, "/")})
}

// start starts a viewer, which exits when ctx ends, and returns the address that it
// prints.
func start(ctx context.Context, program string, args ...string) (url string, wait func() error, err error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	wait = func() error {
		io.Copy(io.Discard, out)
		if err := cmd.Wait(); ctx.Err() == nil {
			return err
		}
		return nil // the viewer was asked to exit
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "mutview is at ")
	if !ok {
		return "", nil, errors.Join(fmt.Errorf("the viewer said %q instead of its address", line), cmd.Cancel(), wait())
	}
	return url, wait, nil
}
