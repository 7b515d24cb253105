//go:build foreign

// Package foreign weaves programs that nobody here wrote, as they are, and compares what
// they send with golden trees. The model is a stand-in.
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
	folders      []string // what of it is needed, all if none
	pkg          string
	integrations []string // what stands in orchestrion.tool.go beside auto
	requires     []string // versions that its go.mod needs beside Orchestrion
}

// Mods asks a model from the command line: stdin and arguments in, markdown out.
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
			require.NoError(t, os.MkdirAll(filepath.Join(home, "mods"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(home, "mods", "mods.yml"), []byte(settings), 0o644))
			cmd := exec.Command(mods, "--quiet", "--raw", "--no-cache", "--model="+map[string]string{"openai": "toy-1", "anthropic": "toy-2"}[name], "What is it?")
			cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home, "XDG_CACHE_HOME="+home, "HOME="+home, "TERM=dumb")
			stdout, rec := run(t, cmd)
			assert.Contains(t, stdout, reply.Text)
			golden(t, "mods-"+name, rec)
		})
	}
}

// An agent of eino in two turns, with a memory and two tools, by streams.
func TestEino(t *testing.T) {
	agent := program{
		repo: "cloudwego/eino-examples", commit: "6dc0d214c0eb392babf2d001e9be85f57ac10952",
		folders:      []string{"/go.mod", "/go.sum", "/flow/agent/react/memory_example/", "/flow/agent/react/tools/", "/components/tool/middlewares/errorremover/"},
		pkg:          "./flow/agent/react/memory_example",
		integrations: []string{"integrations/muteino"},
		requires:     []string{"google.golang.org/genproto@v0.0.0-20240318140521-94a12d6c2237"}, // one that is split from its rpc
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

// weave fetches p, says in its module that it is woven, builds it, and returns the file. No
// source is changed.
func (p program) weave(t *testing.T) (file string) {
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	folder := filepath.Join(cache, "mutagent-ci", "foreign", strings.ReplaceAll(p.repo, "/", "-"))
	require.NoError(t, os.MkdirAll(folder, 0o755))
	at := func(command string, args ...string) {
		cmd := exec.Command(command, args...)
		cmd.Dir, cmd.Env = folder, append(os.Environ(), "GOWORK=off")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s %v\n%s", command, args, out)
	}
	if _, err := os.Stat(filepath.Join(folder, ".git", p.commit)); err != nil {
		at("git", "init", "-q")
		at("git", "fetch", "-q", "--depth=1", "--filter=blob:none", "https://github.com/"+p.repo, p.commit)
		at("git", "config", "remote.origin.url", "https://github.com/"+p.repo)
		at("git", "config", "remote.origin.promisor", "true")
		if p.folders != nil {
			at("git", append([]string{"sparse-checkout", "set", "--no-cone"}, p.folders...)...)
		}
		require.NoError(t, os.WriteFile(filepath.Join(folder, ".git", p.commit), nil, 0o644))
	}
	at("git", "checkout", "-q", "--force", p.commit)

	root, err := filepath.Abs("../../../..")
	require.NoError(t, err)
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
	require.NoError(t, os.WriteFile(filepath.Join(folder, "orchestrion.tool.go"), []byte(tool+")\n"), 0o644))
	at("go", edit...)
	file = filepath.Join(t.TempDir(), "program")
	at("go", "mod", "tidy")
	at("go", "tool", "orchestrion", "go", "build", "-o", file, p.pkg)
	return file
}

// run runs cmd to its end, and returns what it printed and what it sent.
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
		require.NoError(t, os.WriteFile(file, []byte(rec.Tree()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), rec.Tree())
}
