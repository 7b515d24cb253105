// Release gives all modules of the repository one version.
//
//	go run ./tools/release next v0.2.0             # go.mod files for development
//	go run ./tools/release cut v0.2.0              # go.mod and go.sum files of the tagged commit
//	go run ./tools/release publish v0.2.0 <folder> # a GOPROXY folder with every module
//	go run ./tools/release prove                   # a fresh module installs all of them
//
// In development each go.mod requires the other modules at the next version and
// replaces them with local directories. A tagged go.mod has no replace directive.
// CONTRIBUTING.md describes a release step by step.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/mod/semver"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: release next <version> | cut <version> | publish <version> <folder> | prove")

func run(args []string, stdout io.Writer) error {
	repo, err := open(".")
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "prove":
		return repo.prove(stdout)
	case len(args) < 2:
		return errUsage
	}
	version := args[1]
	if semver.Canonical(version) != version || semver.Major(version) > "v1" {
		return fmt.Errorf("%q is not a version like v0.2.0; v2 and above would need other module paths", version)
	}
	switch {
	case len(args) == 2 && args[0] == "next":
		return repo.next(version)
	case len(args) == 2 && args[0] == "cut":
		return repo.cut(version, stdout)
	case len(args) == 3 && args[0] == "publish":
		_, err := repo.publish(version, args[2])
		return err
	}
	return errUsage
}
