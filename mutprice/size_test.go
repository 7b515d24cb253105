package mutprice

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program is at most 150 KB larger for knowing prices, without what is only for
// debuggers.
func TestSize(t *testing.T) {
	sizes := map[string]int64{}
	for _, program := range []string{"without", "with"} {
		path := filepath.Join(t.TempDir(), program)
		out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "./testdata/"+program).CombinedOutput()
		require.NoError(t, err, "%s", out)
		info, err := os.Stat(path)
		require.NoError(t, err)
		sizes[program] = info.Size()
	}
	more := sizes["with"] - sizes["without"]
	t.Logf("%d bytes more", more)
	assert.LessOrEqual(t, more, int64(150_000))
}
