package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// A member is a module of the repository: a directory with a go.mod.
type member struct {
	dir   string   // slash-separated and relative to the repository, "." for its root
	files []string // all files, as paths in the repository

	mod *modfile.File
	sum string // content of go.sum, "" if there is none
}

func (r *repository) load(dir string) (*member, error) {
	name := path.Join(dir, "go.mod")
	data, err := r.read(name)
	if err != nil {
		return nil, err
	}
	mod, err := modfile.Parse(name, data, nil)
	if err != nil {
		return nil, err
	}
	if mod.Module == nil {
		return nil, fmt.Errorf("%s names no module", name)
	}
	sum, err := r.read(path.Join(dir, "go.sum"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return &member{dir: dir, mod: mod, sum: string(sum)}, nil
}

func (m *member) path() string { return m.mod.Module.Mod.Path }

func (m *member) holds(file string) bool { return m.dir == "." || strings.HasPrefix(file, m.dir+"/") }

// released reports whether the module is for users, as opposed to modules that only
// measure, test or build the others.
func (m *member) released() bool {
	folders := strings.Split(m.dir, "/")
	return folders[0] != "benchmarks" && folders[0] != "tools" && !slices.Contains(folders, "internal")
}

// required returns the version of another module that m requires, "" if none.
func (m *member) required(path string) string {
	for _, r := range m.mod.Require {
		if r.Mod.Path == path {
			return r.Mod.Version
		}
	}
	return ""
}

// siblings returns the modules of the repository that m requires.
func (m *member) siblings(all []*member) []*member {
	return slices.DeleteFunc(slices.Clone(all), func(other *member) bool { return m.required(other.path()) == "" })
}

// inside returns the path of a repository file relative to the module.
func (m *member) inside(file string) string {
	if m.dir == "." {
		return file
	}
	return strings.TrimPrefix(file, m.dir+"/")
}
