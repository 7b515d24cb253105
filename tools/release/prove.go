package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// prove publishes every module to a scratch folder and installs them from there
// into a fresh module, as a user would: by version, with no replace. That module
// then builds the program in the README and a copy of every example.
func (r *repository) prove(stdout io.Writer) (err error) {
	version, err := r.coming()
	if err != nil {
		return err
	}
	// The module cache may have no other content of the same version.
	version += time.Now().UTC().Format("-proof.20060102150405")
	scratch, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	proxy := filepath.Join(scratch, "proxy")
	published, err := r.publish(version, proxy)
	if err != nil {
		return err
	}
	u, err := newUser(filepath.Join(scratch, "app"), proxy, stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.forget(published, version)) }()

	if err := u.run("mod", "init", "example.com/app"); err != nil {
		return err
	}
	get := []string{"get"}
	for _, p := range published {
		get = append(get, p.path()+"@"+version)
	}
	if err := u.run(get...); err != nil {
		return err
	}
	if err := errors.Join(r.copyReadme(u.folder), r.copyExamples(u.folder)); err != nil {
		return err
	}
	if err := u.run("build", "./..."); err != nil {
		return err
	}
	return u.run("run", "./readme")
}

// coming returns the version that the modules require of each other.
func (r *repository) coming() (version string, err error) {
	for _, m := range r.modules {
		for _, s := range m.siblings(r.modules) {
			switch v := m.required(s.path()); {
			case version == "":
				version = v
			case v != version:
				return "", fmt.Errorf("%s requires %s at %s, others at %s: go run ./tools/release next <version> makes them agree", m.path(), s.path(), v, version)
			}
		}
	}
	return version, nil
}

// copyReadme copies the first Go program of the README.
func (r *repository) copyReadme(folder string) error {
	text, err := r.read("README.md")
	if err != nil {
		return err
	}
	_, code, found := strings.Cut(string(text), "```go\n")
	code, _, closed := strings.Cut(code, "```")
	if !found || !closed {
		return errors.New("README.md has no block of Go")
	}
	if !strings.HasPrefix(code, "package main\n") {
		return errors.New("README.md: the first block of Go is no whole program, it does not start with package main")
	}
	return writeFile(filepath.Join(folder, "readme", "main.go"), []byte(code))
}

// copyExamples copies the programs below examples and integrations, each to a
// folder of its own.
func (r *repository) copyExamples(folder string) error {
	for _, m := range r.released() {
		for _, file := range m.files {
			if !isExample(path.Dir(file)) || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
				continue
			}
			if err := r.copyTo(folder, file, file); err != nil {
				return err
			}
		}
	}
	return nil
}

func isExample(dir string) bool {
	return strings.HasPrefix(dir, "examples/") || path.Base(dir) == "example"
}
