// Package auto traces programs without changes to their source. Orchestrion weaves it
// into a program at build time, as configured by orchestrion.yml in this directory. A
// program enables that with a file named orchestrion.tool.go:
//
//	//go:build tools
//
//	package tools
//
//	import (
//		_ "github.com/DataDog/orchestrion"
//		_ "github.com/mutagent-io/mutagent-go/auto" // integration
//	)
//
// Then "orchestrion go build" builds a traced program, and "go build" builds the same
// program as before. docs/auto.md has the steps.
//
// Only woven code calls the functions of this package.
package auto
