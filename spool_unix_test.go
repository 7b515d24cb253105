//go:build unix

package mutagent_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

func init() { programs["full disk"] = fullDisk }

// fullDisk is a program that may make no file larger than 10 kB, which is as good
// as a full disk: writes are cut short, and then fail.
func fullDisk() {
	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 10_000, Max: 10_000}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		panic(err)
	}
	if err := mutagent.Init(&mutagent.Options{Spool: &mutagent.Spool{AtEnd: modes[os.Getenv("MODE")]}}); err != nil {
		panic(err)
	}
	for i := range 500 {
		_, end := mutagent.Start(context.Background(), mutagent.KindTool, fmt.Sprint(i))
		end()
	}
	if err := mutagent.Flush(context.Background()); err != nil {
		panic(err)
	}
	stats := mutagent.Stats()
	if stats.SpoolErrors == 0 {
		panic("the disk was not full")
	}
	if stats.Delivered != 500 {
		panic(fmt.Sprintf("%+v", stats))
	}
	if err := mutagent.Shutdown(context.Background()); err != nil {
		panic(err)
	}
}

// TestFullDisk: spans that find no room on disk are delivered all the same, and
// the half of one that was written does no harm.
func TestFullDisk(t *testing.T) {
	for name := range modes {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t)
			dir := t.TempDir()
			out, stderr, code := child(t, r, "full disk", "MODE="+name, "MUTAGENT_SPOOL_DIR="+dir)
			require.Zero(t, code, "%s%s", out, stderr)
			assert.Len(t, r.named(), 500)
			left, err := filepath.Glob(filepath.Join(dir, "mutagent", "[^.]*")) // all but the marker
			require.NoError(t, err)
			assert.Empty(t, left)
		})
	}
}
