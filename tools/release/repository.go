package main

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A repository is a working tree with several modules.
type repository struct {
	root    string
	modules []*member // each module comes after its requirements
}

// open reads the modules of the working tree that contains folder.
func open(folder string) (*repository, error) {
	r := &repository{root: folder}
	top, err := r.git("rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	r.root = top
	files, err := r.files()
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if path.Base(file) == "go.mod" {
			m, err := r.load(path.Dir(file))
			if err != nil {
				return nil, err
			}
			r.modules = append(r.modules, m)
		}
	}
	for _, file := range files {
		if m := r.owner(file); m != nil {
			m.files = append(m.files, file)
		}
	}
	return r, r.sort()
}

// files lists the files that a commit of the tree would contain, as slash-separated
// paths.
func (r *repository) files() ([]string, error) {
	out, err := r.git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
	if err != nil {
		return nil, err
	}
	files := strings.Split(strings.Trim(out, "\x00"), "\x00")
	return slices.DeleteFunc(files, func(file string) bool {
		_, err := os.Lstat(filepath.Join(r.root, file)) // tracked, but deleted in the working tree
		return err != nil
	}), nil
}

// owner returns the innermost module that contains file.
func (r *repository) owner(file string) (owner *member) {
	for _, m := range r.modules {
		if m.holds(file) && (owner == nil || len(m.dir) > len(owner.dir)) {
			owner = m
		}
	}
	return owner
}

// sort orders the modules so that each comes after its requirements.
func (r *repository) sort() error {
	var sorted []*member
	waiting := r.modules
	for len(waiting) > 0 {
		ready := func(m *member) bool {
			return !slices.ContainsFunc(waiting, func(other *member) bool { return m.required(other.path()) != "" })
		}
		i := slices.IndexFunc(waiting, ready)
		if i < 0 {
			return fmt.Errorf("the modules require each other in a circle: %s and others", waiting[0].path())
		}
		sorted = append(sorted, waiting[i])
		waiting = slices.Delete(waiting, i, i+1)
	}
	r.modules = sorted
	return nil
}

func (r *repository) released() []*member {
	return slices.DeleteFunc(slices.Clone(r.modules), func(m *member) bool { return !m.released() })
}

// tags returns the tags that publish version of every module.
func (r *repository) tags(version string) []string {
	var tags []string
	for _, m := range r.released() {
		tags = append(tags, path.Join(m.dir, version)) // Join drops "."
	}
	return tags
}

func (r *repository) read(file string) ([]byte, error) {
	return os.ReadFile(filepath.Join(r.root, file))
}

func (r *repository) git(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stderr = r.root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
