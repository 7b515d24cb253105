package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

// A publication is a module at a version, in the form that users get.
type publication struct {
	*member
	gomod []byte
	gosum string
}

// publish writes every released module to proxy, a directory that can be used in
// GOPROXY as file://…
func (r *repository) publish(version, proxy string) ([]publication, error) {
	released := r.released()
	sums := map[string]string{} // by module path; a module comes after its requirements
	var list []publication
	for _, m := range released {
		siblings := m.siblings(released)
		gomod, err := m.tagged(version, siblings)
		if err != nil {
			return nil, err
		}
		p := publication{m, gomod, m.sum}
		for _, s := range siblings {
			p.gosum = addSum(p.gosum, s.path(), sums[s.path()])
		}
		if sums[m.path()], err = r.put(p, version, proxy); err != nil {
			return nil, fmt.Errorf("%s: %w", m.path(), err)
		}
		list = append(list, p)
	}
	return list, nil
}

// put writes the four files of one version, and returns its lines for go.sum.
func (r *repository) put(p publication, version, proxy string) (sum string, err error) {
	escaped, err := module.EscapePath(p.path())
	if err != nil {
		return "", err
	}
	folder := filepath.Join(proxy, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	file := func(ext string) string { return filepath.Join(folder, version+ext) }
	if err := r.pack(p, version, file(".zip")); err != nil {
		return "", err
	}
	info := fmt.Sprintf("{\"Version\":%q,\"Time\":%q}\n", version, time.Now().UTC().Format(time.RFC3339))
	if err := errors.Join(
		os.WriteFile(filepath.Join(folder, "list"), []byte(version+"\n"), 0o644),
		os.WriteFile(file(".info"), []byte(info), 0o644),
		os.WriteFile(file(".mod"), p.gomod, 0o644),
	); err != nil {
		return "", err
	}
	return checksums(p, version, file(".zip"))
}

// pack writes the module's zip file. Like the go command, it adds the repository's
// licence to a module without one.
func (r *repository) pack(p publication, version, name string) error {
	tree, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	if err := r.copyTo(tree, "LICENSE", "LICENSE"); err != nil {
		return err
	}
	for _, file := range p.files {
		if err := r.copyTo(tree, p.inside(file), file); err != nil {
			return err
		}
	}
	if err := p.write(tree); err != nil {
		return err
	}
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	err = zip.CreateFromDir(out, module.Version{Path: p.path(), Version: version}, tree)
	return errors.Join(err, out.Close())
}

// write writes go.mod and go.sum to the directory.
func (p publication) write(folder string) error {
	err := os.WriteFile(filepath.Join(folder, "go.mod"), p.gomod, 0o644)
	if err == nil && p.gosum != "" {
		err = os.WriteFile(filepath.Join(folder, "go.sum"), []byte(p.gosum), 0o644)
	}
	return err
}

func (r *repository) copyTo(folder, name, file string) error {
	data, err := r.read(file)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(folder, filepath.FromSlash(name)), data)
}

func writeFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}

func checksums(p publication, version, zipFile string) (string, error) {
	tree, err := dirhash.HashZip(zipFile, dirhash.Hash1)
	if err != nil {
		return "", err
	}
	gomod, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(string(p.gomod))), nil
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s %s\n%s %s/go.mod %s\n", p.path(), version, tree, p.path(), version, gomod), nil
}
