package page

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// SHA256SUMS pins all libraries, and there are no others.
func TestLibrariesAreAsPinned(t *testing.T) {
	sums, err := files.ReadFile("web/vendor/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(sums)); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		want[name] = sum
	}
	entries, err := fs.ReadDir(files, "web/vendor")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "SHA256SUMS" || e.Name() == "README.md" {
			continue
		}
		b, _ := files.ReadFile("web/vendor/" + e.Name())
		if got := fmt.Sprintf("%x", sha256.Sum256(b)); got != want[e.Name()] {
			t.Errorf("%s is %s, pinned is %q", e.Name(), got, want[e.Name()])
		}
		delete(want, e.Name())
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

// Every name in the import map has its file, and every module of the page is in the
// map, because an exported file finds modules by name only.
func TestImportMapIsComplete(t *testing.T) {
	index, err := files.ReadFile("web/index.html")
	if err != nil {
		t.Fatal(err)
	}
	mapped := map[string]bool{}
	for _, m := range specifier.FindAllSubmatch(index, -1) {
		mapped[string(m[2])] = true
		if _, err := files.ReadFile("web" + string(m[2])); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	entries, _ := fs.ReadDir(files, "web/app")
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".js") && !mapped["/app/"+e.Name()] {
			t.Errorf("%s is not in the import map", e.Name())
		}
		b, _ := files.ReadFile("web/app/" + e.Name())
		if strings.Contains(string(b), `from "./`) || strings.Contains(string(b), "innerHTML") {
			t.Errorf("%s imports by path, or writes markup", e.Name())
		}
	}
}

func TestFirstPageIsSmall(t *testing.T) {
	total := 0
	for _, dir := range []string{"web", "web/app", "web/vendor"} {
		entries, _ := fs.ReadDir(files, dir)
		for _, e := range entries {
			if info, err := e.Info(); err == nil && !e.IsDir() && !strings.HasPrefix(e.Name(), "LICENSE") {
				total += int(info.Size())
			}
		}
	}
	if total > 300_000 {
		t.Errorf("the page weighs %d bytes", total)
	}
}
