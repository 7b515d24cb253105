//go:build woven

package weavetest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestWrong: a directive that says nothing sensible fails the build, and the build says
// where and why.
func TestWrong(t *testing.T) {
	for folder, want := range map[string]string{
		"kind":    `//mutagent:trace on search: there is no kind "toool"`,
		"key":     `//mutagent:trace on search: "king=tool" is neither kind=… nor name=…`,
		"literal": `//mutagent:trace on a function literal: a function literal needs name=…`,
	} {
		cmd := exec.Command("go", "tool", "orchestrion", "go", "build", "./testdata/"+folder)
		cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "ORCHESTRION_") })
		out, err := cmd.CombinedOutput()
		assert.Error(t, err)
		assert.Contains(t, string(out), want)
		assert.Contains(t, string(out), "weavetest/testdata/"+folder)
	}
}
