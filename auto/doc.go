// Package auto traces programs without a change of their source. It is woven into them
// when they are built, by Orchestrion, as orchestrion.yml beside this file says. A program
// asks for that in a file of its own, orchestrion.tool.go:
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
// Then "orchestrion go build" makes a traced program, and "go build" the one that it
// always made. docs/auto.md has the steps.
//
// The functions here are called by woven code. Nobody else needs them.
package auto
