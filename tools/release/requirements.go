package main

import (
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// next returns the go.mod for development: the siblings are required at version, and
// replaced with local directories.
func (m *member) next(version string, siblings []*member) ([]byte, error) {
	return m.edit(func(mod *modfile.File) error {
		for _, s := range siblings {
			folder, err := filepath.Rel(m.dir, s.dir)
			if err != nil {
				return err
			}
			if err := mod.AddRequire(s.path(), version); err != nil {
				return err
			}
			if err := mod.AddReplace(s.path(), "", filepath.ToSlash(folder), ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// tagged returns the go.mod of the tagged commit: the siblings are required at version,
// without replace directives.
func (m *member) tagged(version string, siblings []*member) ([]byte, error) {
	return m.edit(func(mod *modfile.File) error {
		for _, s := range siblings {
			if err := mod.AddRequire(s.path(), version); err != nil {
				return err
			}
		}
		for _, r := range slices.Clone(mod.Replace) {
			if err := mod.DropReplace(r.Old.Path, r.Old.Version); err != nil {
				return err
			}
		}
		return nil
	})
}

// edit applies change to a copy of the go.mod.
func (m *member) edit(change func(*modfile.File) error) ([]byte, error) {
	mod, err := modfile.Parse(m.mod.Syntax.Name, modfile.Format(m.mod.Syntax), nil)
	if err != nil {
		return nil, err
	}
	if err := change(mod); err != nil {
		return nil, err
	}
	mod.Cleanup()
	return mod.Format()
}

// addSum returns go.sum with the lines of one module inserted where the go command puts
// them: sorted by path.
func addSum(sum, path, lines string) string {
	var before, after strings.Builder
	for line := range strings.Lines(sum) {
		if other, _, _ := strings.Cut(line, " "); other < path {
			before.WriteString(line)
		} else if other > path {
			after.WriteString(line)
		}
	}
	return before.String() + lines + after.String()
}
