package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// next makes every module require the others at version, from local directories.
func (r *repository) next(version string) error {
	for _, m := range r.modules {
		gomod, err := m.next(version, m.siblings(r.modules))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(r.root, m.dir, "go.mod"), gomod, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// cut converts the go.mod and go.sum files to those of the commit to be tagged, and
// prints the next steps. The tree must be clean, because the checksums in go.sum cover
// all files.
func (r *repository) cut(version string, stdout io.Writer) error {
	switch changed, err := r.git("status", "--porcelain"); {
	case err != nil:
		return err
	case changed != "":
		return fmt.Errorf("commit these changes first:\n%s", changed)
	}
	scratch, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	published, err := r.publish(version, scratch)
	if err != nil {
		return err
	}
	for _, p := range published {
		if err := p.write(filepath.Join(r.root, p.dir)); err != nil {
			return err
		}
	}
	tags := strings.Join(r.tags(version), " ")
	_, err = fmt.Fprintf(stdout, "git commit -am 'Release %s'\nfor tag in %s; do git tag $tag; done\ngit push origin %[2]s\n", version, tags)
	return err
}
