//go:build woven

package weavetest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// go vet reports nothing in woven code. It needs sources. A build with Orchestrion
// leaves the woven sources of the packages that it compiles in its work directory, so
// this test runs a build of its own.
func TestVet(t *testing.T) {
	folder, err := os.MkdirTemp(".", "vetted")
	require.NoError(t, err)
	defer os.RemoveAll(folder)
	source, err := os.ReadFile("shapes.go")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "shapes.go"), source, 0o644))

	out, err := weave("-race", "-work", "./"+folder)
	require.NoError(t, err, out)
	work := regexp.MustCompile(`(?m)^WORK=(.+)$`).FindStringSubmatch(out)[1]
	defer os.RemoveAll(work)
	woven, err := filepath.Glob(filepath.Join(work, "*/orchestrion/src/*/*/*/*/*/*/"+folder+"/shapes.go"))
	require.NoError(t, err)
	require.Len(t, woven, 1)
	text, err := os.ReadFile(woven[0])
	require.NoError(t, err)
	require.Contains(t, string(text), "mutagent.Start")

	original, err := filepath.Abs(filepath.Join(folder, "shapes.go"))
	require.NoError(t, err)
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{original: woven[0]}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, replace, 0o644))
	vet, err := exec.Command("go", "vet", "-overlay="+overlay, "./"+folder).CombinedOutput()
	assert.NoError(t, err, "%s", vet)
}
