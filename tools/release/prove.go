package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// prove publishes every module to a scratch folder and installs them from there
// into a fresh module, as a user would: by version, with no replace. That module
// then builds the program in the README and a copy of every example.
func (r *repository) prove(stdout io.Writer) (err error) {
	scratch, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	version, err := r.coming()
	if err != nil {
		return err
	}
	proxy := filepath.Join(scratch, "proxy")
	published, err := r.publish(version, proxy)
	if err != nil {
		return err
	}
	u := user{folder: filepath.Join(scratch, "app"), stdout: stdout}
	if err := os.Mkdir(u.folder, 0o755); err != nil {
		return err
	}
	if u.env, err = environment(scratch, proxy); err != nil {
		return err
	}

	get := []string{"get"}
	for _, p := range published {
		get = append(get, p.path()+"@"+version)
	}
	if err := errors.Join(u.run("mod", "init", "example.com/app"), u.run(get...)); err != nil {
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

// A user has a module of their own, and the go command.
type user struct {
	folder string
	env    []string
	stdout io.Writer
}

func (u user) run(args ...string) error {
	fmt.Fprintln(u.stdout, "go", strings.Join(args, " "))
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env, cmd.Stdout = u.folder, u.env, u.stdout
	var stderr strings.Builder // go get writes a line for each module; only its failure is of interest
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.String())
	}
	return nil
}

// environment is that of the fresh module. Its module cache is empty, for the same
// version was something else in the proof before; what others have published comes
// from this machine's cache where it is there. No checksum database knows our
// versions. With -trimpath, compiled packages are found again next time.
func environment(scratch, proxy string) ([]string, error) {
	out, err := exec.Command("go", "env", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	cache, proxies, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return append(os.Environ(),
		"GOPROXY=file://"+filepath.ToSlash(proxy)+",file://"+filepath.ToSlash(filepath.Join(cache, "cache", "download"))+","+proxies,
		"GOMODCACHE="+filepath.Join(scratch, "cache"),
		"GOFLAGS=-trimpath -mod=mod -modcacherw",
		"GOSUMDB=off",
		"GOWORK=off",
		"MUTAGENT_API_KEY=",
	), nil
}
