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

// weave builds a package with Orchestrion, as a user would.
func weave(args ...string) (output string, err error) {
	cmd := exec.Command("go", append([]string{"tool", "orchestrion", "go", "build"}, args...)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "ORCHESTRION_") })
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// An invalid directive fails the build, and the build reports position and reason.
func TestWrong(t *testing.T) {
	out, err := weave("./testdata/wrong")
	assert.Error(t, err)
	for _, want := range []string{
		`mutagent:trace: there is no kind "toool":1: kind redeclared in this block` + "\n\ttestdata/wrong/wrong.go:4[",
		`mutagent:trace: "king=tool" is neither kind=… nor name=…:1: key redeclared in this block` + "\n\ttestdata/wrong/wrong.go:7[",
		`mutagent:trace: there is no kind "Retrieval":1: method store.get already declared at testdata/wrong/wrong.go:12[`,
		`testdata/wrong/wrong.go:16: cannot convert func() {…} (value of type func()) to type struct{_ any "mutagent:trace: a function literal needs name=…"}`,
		`testdata/wrong/wrong.go:21: cannot convert func() {…} (value of type func()) to type struct{_ any "mutagent:trace: there is no kind \"tol\""}`,
	} {
		assert.Contains(t, out, want)
	}
	assert.NotContains(t, out, "right")
}

// The compiler does not report the line of an init function, because there may be
// several.
func TestWrongInit(t *testing.T) {
	out, err := weave("./testdata/init")
	assert.Error(t, err)
	assert.Contains(t, out, `mutagent:trace: there is no kind "toool":1: undefined: wrong`)
}
