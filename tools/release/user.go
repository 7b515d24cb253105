package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
)

// A user has a directory for a module of their own, and the go command.
type user struct {
	folder string
	cache  string // module cache
	env    []string
	stdout io.Writer
}

// newUser creates a user who finds modules of this repository in proxy, and other
// modules where this machine finds them.
func newUser(folder, proxy string, stdout io.Writer) (*user, error) {
	out, err := exec.Command("go", "env", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	cache, proxies, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	env := append(os.Environ(),
		"GOPROXY=file://"+filepath.ToSlash(proxy)+","+proxies,
		"GOFLAGS=-mod=mod -modcacherw",
		"GOSUMDB=off", // it does not have our versions, and go.sum files contain the others
		"GOWORK=off",
		"MUTAGENT_API_KEY=",
	)
	return &user{folder, cache, env, stdout}, os.Mkdir(folder, 0o755)
}

// run runs the go command. Its standard error is shown only on failure, because go get
// prints a line for each module.
func (u *user) run(args ...string) error {
	fmt.Fprintln(u.stdout, "go", strings.Join(args, " "))
	var stderr strings.Builder
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = u.folder, u.env, u.stdout, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.String())
	}
	return nil
}

// forget removes a version of this repository's modules from the module cache.
func (u *user) forget(published []publication, version string) error {
	var errs []error
	for _, p := range published {
		escaped, err := module.EscapePath(p.path())
		if err != nil {
			return err
		}
		name := filepath.FromSlash(escaped)
		files, err := filepath.Glob(filepath.Join(u.cache, "cache", "download", name, "@v", version+".*"))
		errs = append(errs, err, os.RemoveAll(filepath.Join(u.cache, name+"@"+version)))
		for _, file := range files {
			errs = append(errs, os.Remove(file))
		}
	}
	return errors.Join(errs...)
}
