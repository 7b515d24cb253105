package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
)

// prove publishes every module to a temporary directory and installs them from there
// into a new module, as a user would: by version, without replace directives. That
// module then builds the program in the README and a copy of every example. Modules
// that are not in the workspace each get a module of their own.
func (r *repository) prove(stdout io.Writer) (err error) {
	version, err := r.coming()
	if err != nil {
		return err
	}
	// The module cache must not have other content of the same version.
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
	together, apart, err := r.split(published)
	if err != nil {
		return err
	}
	u, err := newUser(filepath.Join(scratch, "app"), proxy, stdout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.forget(published, version)) }()
	if err := errors.Join(r.copyReadme(u.folder), r.install(u, version, together)); err != nil {
		return err
	}
	if err := u.run("run", "./readme"); err != nil {
		return err
	}
	for _, p := range apart {
		u, err := newUser(filepath.Join(scratch, path.Base(p.dir)), proxy, stdout)
		if err != nil {
			return err
		}
		if err := r.install(u, version, []publication{p}); err != nil {
			return err
		}
	}
	return nil
}

// split separates the modules that are not in the workspace. Their requirements do not
// build with those of the others, so no user has both.
func (r *repository) split(published []publication) (together, apart []publication, err error) {
	text, err := r.read("go.work")
	if err != nil {
		return nil, nil, err
	}
	work, err := modfile.ParseWork("go.work", text, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range published {
		if slices.ContainsFunc(work.Use, func(u *modfile.Use) bool { return path.Clean(u.Path) == p.dir }) {
			together = append(together, p)
		} else {
			apart = append(apart, p)
		}
	}
	return together, apart, nil
}

// install creates a module of the user that requires the given modules, and builds it
// with copies of their examples.
func (r *repository) install(u *user, version string, list []publication) error {
	if err := u.run("mod", "init", "example.com/app"); err != nil {
		return err
	}
	get := []string{"get"}
	for _, p := range list {
		get = append(get, p.path()+"@"+version)
	}
	if err := u.run(get...); err != nil {
		return err
	}
	if err := r.copyExamples(u.folder, list); err != nil {
		return err
	}
	return u.run("build", "./...")
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

// copyExamples copies the programs of modules below examples and integrations, each to
// a directory of its own.
func (r *repository) copyExamples(folder string, list []publication) error {
	for _, p := range list {
		for _, file := range p.files {
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
