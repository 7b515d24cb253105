//go:build foreign

// Package foreign weaves unchanged third-party programs, and compares the spans that
// they send with golden trees. A test server replaces the model.
package foreign

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
)

const ours = "github.com/mutagent-io/mutagent-go"

// A program is a package of a repository on GitHub.
type program struct {
	repo, commit string
	folders      []string // required directories, all if empty
	pkg          string
	integrations []string // imports in orchestrion.tool.go besides auto
	requires     []string // versions that its go.mod needs besides Orchestrion
}

// Mods queries a model from the command line: it reads stdin and arguments, and prints
// markdown.
func TestMods(t *testing.T) {
	mods := program{repo: "charmbracelet/mods", commit: "0425d0d7861e4bbc396200b3bd2eee1825715300", pkg: "."}.weave(t)
	for name, reply := range map[string]fakellm.Reply{
		"openai":    {Text: "A goroutine is a function that runs beside others."},
		"anthropic": {Text: "A channel is a pipe between goroutines."},
	} {
		t.Run(name, func(t *testing.T) {
			model := fakellm.Serve(reply)
			defer model.Close()
			home := t.TempDir()
			settings := "apis:\n  openai:\n    base-url: " + model.URL + "/v1\n    api-key: k\n    models:\n      toy-1: {max-input-chars: 9999}\n" +
				"  anthropic:\n    base-url: " + model.URL + "\n    api-key: k\n    models:\n      toy-2: {max-input-chars: 9999}\n"
			require.NoError(t, os.Mkdir(filepath.Join(home, "mods"), 0o755))
			write(t, filepath.Join(home, "mods", "mods.yml"), settings)
			cmd := exec.Command(mods, "--quiet", "--raw", "--no-cache", "--model="+map[string]string{"openai": "toy-1", "anthropic": "toy-2"}[name], "What is it?")
			cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home, "XDG_CACHE_HOME="+home, "HOME="+home, "TERM=dumb")
			stdout, rec := run(t, cmd)
			assert.Contains(t, stdout, reply.Text)
			golden(t, "mods-"+name, rec)
		})
	}
}

// TestEino has an agent of eino with two turns, a memory and two tools, which uses
// streams.
func TestEino(t *testing.T) {
	agent := program{
		repo: "cloudwego/eino-examples", commit: "6dc0d214c0eb392babf2d001e9be85f57ac10952",
		folders:      []string{"/go.mod", "/go.sum", "/flow/agent/react/memory_example/", "/flow/agent/react/tools/", "/components/tool/middlewares/errorremover/"},
		pkg:          "./flow/agent/react/memory_example",
		integrations: []string{"integrations/muteino"},
		requires:     []string{"google.golang.org/genproto@v0.0.0-20240318140521-94a12d6c2237"}, // a version without the split rpc module
	}.weave(t)
	model := fakellm.Serve(
		fakellm.Reply{ToolCalls: []fakellm.ToolCall{{Name: "query_restaurants", Arguments: `{"location":"北京","topn":2}`}}},
		fakellm.Reply{Text: "云边小馆, 聚福轩食府"},
		fakellm.Reply{ToolCalls: []fakellm.ToolCall{{Name: "query_dishes", Arguments: `{"restaurant_id":"1001","topn":2}`}}},
		fakellm.Reply{Text: "红烧肉"},
	)
	defer model.Close()
	cmd := exec.Command(agent)
	cmd.Env = append(os.Environ(), "OPENAI_API_KEY=k", "OPENAI_MODEL=toy-1", "OPENAI_BASE_URL="+model.URL+"/v1")
	stdout, rec := run(t, cmd)
	assert.Contains(t, stdout, "红烧肉")
	golden(t, "eino", rec)
}

// The latest release of OpenTelemetry's otelc weaves main and model clients.
func TestOtelc(t *testing.T) {
	otelc := program{repo: "open-telemetry/opentelemetry-go-compile-instrumentation", commit: "3b9beed7a1200cf16e59bafa431dd4c4a0601f41"}.fetch(t) // v1.0.1
	folder := t.TempDir()
	write(t, filepath.Join(folder, "main.go"), read(t, "testdata/otelc/main.go"))
	write(t, filepath.Join(folder, "otel.instrumentation.go"), "//go:build tools\n\npackage tools\n\nimport _ \""+ours+"/auto\"\n")
	root := root(t)
	write(t, filepath.Join(folder, "go.mod"), "module example.com/asks\n\ngo 1.26.0\n")
	goAt(t, folder, "mod", "edit", "-tool=go.opentelemetry.io/otelc/tool/cmd/otelc",
		"-require=go.opentelemetry.io/otelc@v1.0.1", "-replace=go.opentelemetry.io/otelc="+otelc,
		"-require="+ours+"@v0.1.0", "-replace="+ours+"="+root, "-require="+ours+"/auto@v0.1.0", "-replace="+ours+"/auto="+filepath.Join(root, "auto"),
		"-require=github.com/openai/openai-go/v3@v3.96.0", "-require=github.com/anthropics/anthropic-sdk-go/v2@v2.13.0")
	goAt(t, folder, "mod", "tidy")
	goAt(t, folder, "tool", "otelc", "go", "build", "-o", "asks", ".")

	model := fakellm.Serve(fakellm.Reply{Text: "On its way."}, fakellm.Reply{Text: "Too."}, fakellm.Reply{Text: "As well."})
	defer model.Close()
	cmd := exec.Command(filepath.Join(folder, "asks"), model.URL)
	cmd.Env = os.Environ()
	_, rec := run(t, cmd)
	golden(t, "otelc", rec)
}

// fetch returns a directory with the sources of p.
func (p program) fetch(t *testing.T) (folder string) {
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	folder = filepath.Join(cache, "mutagent-ci", "foreign", strings.ReplaceAll(p.repo, "/", "-"))
	require.NoError(t, os.MkdirAll(folder, 0o755))
	git := func(args ...string) { at(t, folder, "git", args...) }
	if done := filepath.Join(folder, ".git", p.commit); !exists(done) {
		git("init", "-q")
		git("fetch", "-q", "--depth=1", "--filter=blob:none", "https://github.com/"+p.repo, p.commit)
		git("config", "remote.origin.url", "https://github.com/"+p.repo)
		git("config", "remote.origin.promisor", "true")
		if p.folders != nil {
			git(append([]string{"sparse-checkout", "set", "--no-cone"}, p.folders...)...)
		}
		write(t, done, "")
	}
	git("checkout", "-q", "--force", p.commit)
	return folder
}

// weave fetches p, adds weaving to its module, builds it, and returns the binary. It
// changes no source.
func (p program) weave(t *testing.T) (file string) {
	folder, root := p.fetch(t), root(t)
	tool := "//go:build tools\n\npackage tools\n\nimport (\n\t_ \"github.com/DataDog/orchestrion\"\n"
	edit := []string{"mod", "edit", "-go=1.26.0", "-tool=github.com/DataDog/orchestrion", "-require=github.com/DataDog/orchestrion@v1.15.0",
		"-require=" + ours + "@v0.1.0", "-replace=" + ours + "=" + root}
	for _, name := range append([]string{"auto"}, p.integrations...) {
		tool += "\t_ \"" + ours + "/" + name + "\" // integration\n"
		edit = append(edit, "-require="+ours+"/"+name+"@v0.1.0", "-replace="+ours+"/"+name+"="+filepath.Join(root, name))
	}
	for _, version := range p.requires {
		edit = append(edit, "-require="+version)
	}
	write(t, filepath.Join(folder, "orchestrion.tool.go"), tool+")\n")
	goAt(t, folder, edit...)
	goAt(t, folder, "mod", "tidy")
	file = filepath.Join(t.TempDir(), "program")
	goAt(t, folder, "tool", "orchestrion", "go", "build", "-o", file, p.pkg)
	return file
}

// run runs cmd to its end, and returns its standard output and the spans that it sent.
func run(t *testing.T, cmd *exec.Cmd) (stdout string, rec *mutest.Recorder) {
	rec = new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()
	cmd.Env = append(cmd.Env, "MUTAGENT_DISABLED=", "MUTAGENT_API_KEY=mt_test", "MUTAGENT_ENDPOINT="+server.URL)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s\n%s", out, stderr.String())
	return string(out), rec
}

func golden(t *testing.T, name string, rec *mutest.Recorder) {
	file := filepath.Join("testdata", name+".tree")
	if os.Getenv("MUTEST_UPDATE") != "" {
		write(t, file, rec.Tree())
	}
	assert.Equal(t, read(t, file), rec.Tree())
}

// root returns the directory of this repository.
func root(t *testing.T) string {
	root, err := filepath.Abs("../../../..")
	require.NoError(t, err)
	return root
}

func goAt(t *testing.T, folder string, args ...string) { at(t, folder, "go", args...) }

func at(t *testing.T, folder, command string, args ...string) {
	cmd := exec.Command(command, args...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v\n%s", command, args, out)
}

func write(t *testing.T, file, text string) {
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
}

func read(t *testing.T, file string) string {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
