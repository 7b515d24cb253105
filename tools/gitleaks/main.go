// Command gitleaks writes the rules of gitleaks, and samples for their tests, into
// package mutredact:
//
//	go -C tools/gitleaks run . ../../mutredact
//
// It gets the pinned version from the module proxy, replaces two files of gitleaks with
// those in the directory patched, and runs gitleaks's generator, which then prints its
// rules.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	module  = "github.com/zricethezav/gitleaks/v8"
	version = "v8.30.1"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run . <directory of mutredact>")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(to string) error {
	sources, err := patchedCopy()
	defer os.RemoveAll(sources)
	if err != nil {
		return err
	}
	recorded, err := record(sources)
	if err != nil {
		return err
	}
	licence, err := os.ReadFile(filepath.Join(sources, "LICENSE"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "gitleaks.go"), rulesFile(recorded, string(licence)), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "testdata", "gitleaks.LICENSE"), licence, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "testdata", "gitleaks.jsonl"), samplesFile(recorded), 0o644)
}

// patchedCopy returns a directory with gitleaks's sources, changed so that Validate
// records its arguments and NewSecret is not random.
func patchedCopy() (dir string, err error) {
	out, err := exec.Command("go", "mod", "download", "-json", module+"@"+version).Output()
	if err != nil {
		return "", fmt.Errorf("cannot download %s@%s: %w", module, version, err)
	}
	var downloaded struct{ Dir string }
	if err := json.Unmarshal(out, &downloaded); err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp("", "gitleaks"); err != nil {
		return "", err
	}
	if err := os.CopyFS(dir, os.DirFS(downloaded.Dir)); err != nil {
		return dir, err
	}
	for from, to := range map[string]string{
		"patched/validate.go.txt": "cmd/generate/config/utils/validate.go",
		"patched/regen.go.txt":    "cmd/generate/secrets/regen.go",
	} {
		code, err := os.ReadFile(from)
		if err != nil {
			return dir, err
		}
		to = filepath.Join(dir, to)
		if err := os.Remove(to); err != nil {
			return dir, err
		}
		if err := os.WriteFile(to, code, 0o644); err != nil {
			return dir, err
		}
	}
	return dir, nil
}

// A recording is one rule of gitleaks, and its test texts.
type recording struct {
	RuleID, Regex string
	SecretGroup   int
	Entropy       float64
	Keywords      []string
	Allowlists    []struct {
		RegexTarget string
		Regexes     []string
	}
	Secret, Harmless []sample
}

// A sample is a text, the secrets that its own rule finds in it, and whether any rule
// of gitleaks finds a secret.
type sample struct {
	Text    string
	Secrets []string `json:",omitempty"`
	Found   bool     `json:",omitempty"`
}

// record runs gitleaks's generator.
func record(sources string) (list []recording, err error) {
	cmd := exec.Command("go", "run", ".", os.DevNull)
	cmd.Dir = filepath.Join(sources, "cmd/generate/config")
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot run the generator of gitleaks: %w", err)
	}
	for line := range bytes.Lines(out) {
		var r recording
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}
