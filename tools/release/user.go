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

// A user has a folder for a module of their own, and the go command.
type user struct {
	folder string
	cache  string // of modules
	env    []string
	stdout io.Writer
}

// newUser makes a user who finds our modules in proxy, and the others where this
// machine finds them.
func newUser(folder, proxy string, stdout io.Writer) (*user, error) {
	out, err := exec.Command("go", "env", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	cache, proxies, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	env := append(os.Environ(),
		"GOPROXY=file://"+filepath.ToSlash(proxy)+","+proxies,
		"GOFLAGS=-mod=mod -modcacherw",
		"GOSUMDB=off", // it knows nothing of our versions, and go.sum files hold those of others
		"GOWORK=off",
		"MUTAGENT_API_KEY=",
	)
	return &user{folder, cache, env, stdout}, os.Mkdir(folder, 0o755)
}

// run runs the go command. What it says to standard error matters only if it fails:
// go get has a line for each module.
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

// forget removes a version of our modules from the module cache.
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
