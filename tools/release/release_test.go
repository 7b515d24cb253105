package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// files is a small repository: a root module, an integration with an example, a program
// that depends on both, and a module for tests.
var files = map[string]string{
	"LICENSE":     "Do what you like.\n",
	"README.md":   "# Toy\n\n```go\npackage main\n\nimport (\n\t\"os\"\n\n\t\"example.com/toy\"\n)\n\nfunc main() { os.Stdout.WriteString(toy.Name + \"\\n\") }\n```\n",
	"go.mod":      "module example.com/toy\n\ngo 1.25\n",
	"toy.go":      "package toy\n\nconst Name = \"toy\"\n",
	"sub/sub.go":  "package sub\n",
	"go.work":     "go 1.25\n\nuse (\n\t.\n\t./integrations/a\n\t./examples/b\n\t./internal/c\n)\n",
	"ignored.bin": "is not part of a module\n",
	".gitignore":  "*.bin\n",

	"integrations/a/go.mod":          "module example.com/toy/integrations/a\n\ngo 1.25\n\nrequire example.com/toy v0.0.0\n\nreplace example.com/toy => ../..\n",
	"integrations/a/a.go":            "package a\n\nimport \"example.com/toy\"\n\nconst Name = toy.Name + \" a\"\n",
	"integrations/a/example/main.go": "package main\n\nimport \"example.com/toy/integrations/a\"\n\nfunc main() { println(a.Name) }\n",

	"examples/b/go.mod":  "module example.com/toy/examples/b\n\ngo 1.25\n\nrequire (\n\texample.com/toy v0.0.0 // indirect\n\texample.com/toy/integrations/a v0.0.0\n)\n",
	"examples/b/main.go": "package main\n\nimport \"example.com/toy/integrations/a\"\n\nfunc main() { println(a.Name) }\n",

	"internal/c/go.mod": "module example.com/toy/internal/c\n\ngo 1.25\n\nrequire example.com/toy v0.0.0\n",
	"internal/c/c.go":   "package c\n",
}

// checkout commits the files, some of them changed, to a new repository.
func checkout(t *testing.T, changes map[string]string) *repository {
	t.Helper()
	t.Setenv("GOPROXY", "off") // the test needs no third-party modules
	t.Setenv("GOMODCACHE", t.TempDir())
	dir := t.TempDir()
	for _, set := range []map[string]string{files, changes} {
		for name, text := range set {
			require.NoError(t, writeFile(filepath.Join(dir, name), []byte(text)))
		}
	}
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "."},
		{"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "toy"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	repo, err := open(filepath.Join(dir, "sub"))
	require.NoError(t, err)
	return repo
}

func (r *repository) text(t *testing.T, file string) string {
	t.Helper()
	data, err := r.read(file)
	require.NoError(t, err)
	return string(data)
}

func TestTags(t *testing.T) {
	assert.Equal(t, []string{"v1.2.3", "integrations/a/v1.2.3", "examples/b/v1.2.3"}, checkout(t, nil).tags("v1.2.3"))
}

func TestNext(t *testing.T) {
	repo := checkout(t, nil)
	require.NoError(t, repo.next("v0.2.0"))
	assert.Equal(t, `module example.com/toy/examples/b

go 1.25

require (
	example.com/toy v0.2.0 // indirect
	example.com/toy/integrations/a v0.2.0
)

replace example.com/toy => ../..

replace example.com/toy/integrations/a => ../../integrations/a
`, repo.text(t, "examples/b/go.mod"))
	assert.Contains(t, repo.text(t, "internal/c/go.mod"), "require example.com/toy v0.2.0")
	assert.Equal(t, files["go.mod"], repo.text(t, "go.mod"))
}

// The files written by cut build with only the published modules: the requirements are
// found, and the checksums match.
func TestCut(t *testing.T) {
	repo := checkout(t, nil)
	var stdout bytes.Buffer
	require.NoError(t, repo.cut("v0.2.0", &stdout))
	assert.Equal(t, `git commit -am 'Release v0.2.0'
for tag in v0.2.0 integrations/a/v0.2.0 examples/b/v0.2.0; do git tag $tag; done
git push origin v0.2.0 integrations/a/v0.2.0 examples/b/v0.2.0
`, stdout.String())
	assert.NotContains(t, repo.text(t, "integrations/a/go.mod"), "replace")
	assert.Equal(t, files["internal/c/go.mod"], repo.text(t, "internal/c/go.mod"), "it is not released")

	// Publish again from the tags, as the module proxy would do.
	tagged, err := open(repo.root)
	require.NoError(t, err)
	proxy := t.TempDir()
	_, err = tagged.publish("v0.2.0", proxy)
	require.NoError(t, err)
	for _, module := range []string{"integrations/a", "examples/b"} {
		cmd := exec.Command("go", "build", "-o", os.DevNull, ".")
		cmd.Dir = filepath.Join(repo.root, module)
		cmd.Env = append(os.Environ(), "GOPROXY=file://"+proxy, "GOMODCACHE="+t.TempDir(),
			"GOFLAGS=-mod=readonly -modcacherw", "GONOSUMDB=example.com/*", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		assert.NoError(t, err, "%s: %s", module, out)
	}
}

func TestCutWantsCleanTree(t *testing.T) {
	repo := checkout(t, nil)
	require.NoError(t, writeFile(filepath.Join(repo.root, "new.go"), []byte("package toy\n")))
	assert.ErrorContains(t, repo.cut("v0.2.0", new(bytes.Buffer)), "commit these changes first:\n?? new.go")
}

func TestProve(t *testing.T) {
	var stdout bytes.Buffer
	require.NoError(t, checkout(t, nil).prove(&stdout))
	assert.Regexp(t, `go get example.com/toy@v0.0.0-proof\.\d+ example.com/toy/integrations/a@\S+ example.com/toy/examples/b@\S+\n`, stdout.String())
	assert.Contains(t, stdout.String(), "go run ./readme\ntoy\n")
	cached, err := filepath.Glob(filepath.Join(os.Getenv("GOMODCACHE"), "example.com", "*"))
	require.NoError(t, err)
	for _, name := range cached {
		assert.NotContains(t, name, "-proof.")
	}
}

// A module that is not in the workspace is installed by itself.
func TestProveApart(t *testing.T) {
	var stdout bytes.Buffer
	repo := checkout(t, map[string]string{"go.work": "go 1.25\n\nuse (\n\t.\n\t./integrations/a\n)\n"})
	require.NoError(t, repo.prove(&stdout))
	assert.Regexp(t, `go get example.com/toy@v0.0.0-proof\.\d+ example.com/toy/integrations/a@\S+\n`, stdout.String())
	assert.Regexp(t, `go get example.com/toy/examples/b@\S+\ngo build ./...\n`, stdout.String())
}

func TestProveFails(t *testing.T) {
	for name, c := range map[string]struct{ file, text, message string }{
		"a different version":    {"examples/b/go.mod", strings.ReplaceAll(files["examples/b/go.mod"], "toy v0.0.0", "toy v0.1.0"), "go run ./tools/release next <version> makes them agree"},
		"no program":             {"README.md", "```go\nmain()\n```\n", "the first block of Go is no whole program"},
		"an example's internals": {"integrations/a/example/main.go", "package main\n\nimport _ \"example.com/toy/internal/d\"\n\nfunc main() {}\n", "use of internal package example.com/toy/internal/d not allowed"},
		"a missing requirement":  {"examples/b/main.go", "package main\n\nimport _ \"example.com/other\"\n\nfunc main() {}\n", "example.com/other"},
	} {
		t.Run(name, func(t *testing.T) {
			repo := checkout(t, map[string]string{c.file: c.text, "internal/d/d.go": "package d\n"})
			assert.ErrorContains(t, repo.prove(new(bytes.Buffer)), c.message)
		})
	}
}

func TestArguments(t *testing.T) {
	for _, args := range [][]string{nil, {"next"}, {"publish", "v0.1.0"}, {"what", "v0.1.0"}} {
		assert.Equal(t, errUsage, run(args, new(bytes.Buffer)), "%s", args)
	}
	for _, version := range []string{"0.1.0", "v1", "v2.0.0", "latest"} {
		assert.ErrorContains(t, run([]string{"next", version}, new(bytes.Buffer)), "is not a version like v0.2.0", version)
	}
}

func TestAddSum(t *testing.T) {
	const before = "a.org/a v1.0.0 h1:a\ntoy.org/toy v0.1.0 h1:old\ntoy.org/toy/sub v0.1.0 h1:sub\n"
	const after = "a.org/a v1.0.0 h1:a\ntoy.org/toy v0.2.0 h1:new\ntoy.org/toy/sub v0.1.0 h1:sub\n"
	assert.Equal(t, after, addSum(before, "toy.org/toy", "toy.org/toy v0.2.0 h1:new\n"))
	assert.Equal(t, "toy.org/toy v0.2.0 h1:new\n", addSum("", "toy.org/toy", "toy.org/toy v0.2.0 h1:new\n"))
}
