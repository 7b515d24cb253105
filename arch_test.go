package mutagent_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/mutagent-io/mutagent-go"

// imports lists, for each package of the root module, what it imports itself.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	out, err := cmd.Output()
	require.NoError(t, err)
	m := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		m[strings.TrimPrefix(fields[0], module)] = fields[1:]
	}
	return m
}

// TestArchitecture holds the rules of docs/DESIGN.md.
func TestArchitecture(t *testing.T) {
	all := imports(t)
	for pkg, imported := range all {
		for _, path := range imported {
			if strings.HasPrefix(pkg, "/internal/") && pkg != "/internal/testing/llmtest/matrix" { // a test of the whole
				assert.NotEqual(t, module, path, "%s must not know the root", pkg)
			}
			if path == "net/http" {
				// The root has Options.HTTPClient, w3c reads headers, faults and llmtest are for tests, the others are about HTTP.
				assert.Contains(t, []string{
					"", "/internal/testing/faults", "/internal/testing/llmtest", "/internal/testing/llmtest/matrix", "/internal/sender", "/internal/route", "/internal/destination", "/internal/mutagentapi", "/internal/otlp", "/internal/pipeline", "/internal/w3c",
					"/muthttp", "/mutllm", "/mutest", "/mutest/fakellm",
				}, trimExamples(pkg))
			}
			if strings.HasPrefix(pkg, "/internal/") && (path == "os" || path == "syscall") {
				assert.Contains(t, []string{"/internal/spool", "/internal/config", "/internal/settings", "/internal/sender", "/internal/stdlog"}, pkg, "nothing else touches files or reads the environment")
			}
			if pkg == "" {
				assert.NotContains(t, path, "testing")
			}
		}
	}
	for _, pkg := range []string{"/internal/queue", "/internal/record", "/internal/jsontext", "/internal/freeze", "/internal/redact", "/internal/gzip"} {
		for _, path := range all[pkg] {
			assert.NotContains(t, []string{"os", "net", "net/http", "io/ioutil", "log"}, path, "%s does no I/O", pkg)
		}
	}
	assert.Equal(t, []string{"iter", "sync/atomic"}, all["/internal/queue"], "the queue is nothing but the queue")
}

// order lists the packages in internal folders that import others of them, or are
// imported by them, from the lowest to the highest.
var order = strings.Fields(`
	freeze jsontext record gzip memory queue spool price keymask trouble
	destination redact config debug leak genai intake sample sender
	mutagentapi otlp outbox pipeline settings route`)

// TestOrder: a package imports only packages below it.
func TestOrder(t *testing.T) {
	for pkg, imported := range imports(t) {
		name, ok := strings.CutPrefix(pkg, "/internal/")
		if !ok || strings.Contains(name, "/") {
			continue
		}
		for _, path := range imported {
			if below, ok := strings.CutPrefix(path, module+"/internal/"); ok {
				assert.Contains(t, order, below)
				assert.Less(t, slices.Index(order, below), slices.Index(order, name), "%s must not know %s", name, below)
			}
		}
	}
}

// trimExamples leaves out the examples, which are programs.
func trimExamples(pkg string) string {
	if strings.HasPrefix(pkg, "/examples/") {
		return ""
	}
	return pkg
}

// TestNoClock: what the encoder writes depends on nothing but what it was given.
func TestNoClock(t *testing.T) {
	reads := regexp.MustCompile(`\btime\.(Now|Since|Until)\(`)
	for _, pkg := range []string{"queue", "record", "jsontext", "mutagentapi", "otlp", "gzip", "freeze", "redact"} {
		files, err := filepath.Glob("internal/" + pkg + "/*.go")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			code, err := os.ReadFile(file)
			require.NoError(t, err)
			if !strings.HasSuffix(file, "_test.go") {
				assert.False(t, reads.Match(code), "%s reads the clock", file)
			}
		}
	}
}

// TestDependencies: who imports the root gets this module and two others, no more.
func TestDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".").Output()
	require.NoError(t, err)
	modules := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if path := strings.TrimSpace(line); path != "" {
			modules[path] = true
		}
	}
	assert.Equal(t, map[string]bool{module: true, "github.com/google/uuid": true, "github.com/valyala/fastjson": true}, modules)
}

// TestRootFiles: the root directory is the table of contents.
func TestRootFiles(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{join .GoFiles " "}}`, ".").Output()
	require.NoError(t, err)
	assert.Equal(t, "client.go context.go doc.go flush.go handler.go kinds.go span.go wrap.go", strings.TrimSpace(string(out)))
}

var writeAPI = flag.Bool("api", false, "write api.txt")

// TestAPI compares the exported API with api.txt, so that each change of it is
// seen in review. "make api" writes the file.
func TestAPI(t *testing.T) {
	got := signatures(t)
	if *writeAPI {
		require.NoError(t, os.WriteFile("api.txt", []byte(got), 0o666))
	}
	want, err := os.ReadFile("api.txt")
	require.NoError(t, err)
	if string(want) != got {
		t.Error("the exported API is not what api.txt says; if that is meant, run make api")
	}
}

// signatures is what the root package exports, without a word of its documentation.
func signatures(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.FileExports(parsed)
		for _, decl := range parsed.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				d.Body, d.Doc = nil, nil
			case *ast.GenDecl:
				if d.Tok == token.IMPORT {
					continue
				}
				d.Doc = nil
			}
			require.NoError(t, printer.Fprint(&all, token.NewFileSet(), decl))
			all.WriteString("\n")
		}
	}
	return all.String()
}

// git returns what git prints, in pieces that end with NUL.
func git(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("git", args...).Output()
	require.NoError(t, err, "git %s", args)
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// TestTrackedFiles: the repository holds sources and texts of at most 1 MiB, no
// programs. Pictures for the documentation are the exception.
func TestTrackedFiles(t *testing.T) {
	files := git(t, "ls-files", "-z")
	require.Contains(t, files, "arch_test.go")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not committed yet
		}
		require.NoError(t, err)
		assert.LessOrEqual(t, len(data), 1<<20, "%s is too large", file)
		if strings.HasSuffix(file, ".gz") { // is what it holds
			data = gunzip(t, data)
		}
		if picture, _ := filepath.Match("docs/*.png", file); !picture {
			assert.Empty(t, binary(data), "%s is a binary", file)
		}
	}
}

func gunzip(t *testing.T, data []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return text
}

// binary says what kind of binary data is, "" if it is text.
func binary(data []byte) string {
	for kind, magic := range map[string]string{
		"ELF":                "\x7fELF",
		"PE":                 "MZ\x90",
		"Mach-O":             "\xcf\xfa\xed\xfe",
		"Mach-O, 32 bits":    "\xce\xfa\xed\xfe",
		"Mach-O, big endian": "\xfe\xed\xfa",
		"Mach-O, universal":  "\xca\xfe\xba\xbe",
	} {
		if strings.HasPrefix(string(data), magic) {
			return kind
		}
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "NUL byte"
	}
	return ""
}

func TestBinary(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	program, err := os.ReadFile(self)
	require.NoError(t, err)
	assert.NotEmpty(t, binary(program))
	assert.Equal(t, "Mach-O", binary([]byte("\xcf\xfa\xed\xfe\x07")))
	assert.Equal(t, "NUL byte", binary([]byte("a\x00b")))
	assert.Empty(t, binary([]byte("MZ: a text")))
	assert.Empty(t, binary(nil))
}

// TestExamples: an example can be copied into a module of one's own, so it imports
// nothing internal.
func TestExamples(t *testing.T) {
	var examples []string
	for _, pattern := range []string{"examples/*/*.go", "integrations/*/example/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		examples = append(examples, files...)
	}
	for _, file := range examples {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range parsed.Imports {
			assert.NotContains(t, spec.Path.Value, "/internal/", file)
		}
	}
}
