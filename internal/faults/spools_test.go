package faults_test

import "github.com/mutagent-io/mutagent-go"

// A spool is a way to keep what cannot be delivered.
type spool struct {
	name string
	use  func(o *mutagent.Options, dir string)
	// keeps: what a process leaves behind, the next one delivers.
	keeps bool
	// survives: no span is lost to a kill once it has ended.
	survives bool
}

var spools = []spool{
	{name: "memory", use: func(*mutagent.Options, string) {}},
}

// spooled returns how many ended spans are on disk.
func spooled(mutagent.Statistics) int64 { return 0 }
