package faults_test

import "github.com/mutagent-io/mutagent-go"

// A spool is a configuration for keeping undelivered spans.
type spool struct {
	name string
	use  func(o *mutagent.Options, dir string)
	// keeps: spans without room in memory stay on disk, as long as the disk is fast
	// enough. The next process delivers what a process leaves behind.
	keeps bool
	// survives: no ended span is lost when the process is killed.
	survives bool
	// rooms are the values of MaxQueueBytes in TestEveryFault.
	rooms map[string]int
}

// roomy is more than any test here needs.
const roomy = 64 << 20

var (
	// memoryRooms includes one in which spans must be dropped.
	memoryRooms = map[string]int{"roomy": roomy, "tight": 96 << 10}
	// diskRooms includes one in which spans must stay only on disk.
	diskRooms = map[string]int{"tight": 192 << 10}
)

var spools = []spool{
	{name: "memory", rooms: memoryRooms, use: func(*mutagent.Options, string) {}},
	{name: "hand-over", rooms: diskRooms, keeps: true, use: func(o *mutagent.Options, dir string) { o.Spool = &mutagent.Spool{Dir: dir} }},
	{name: "at end", rooms: diskRooms, keeps: true, survives: true, use: func(o *mutagent.Options, dir string) {
		o.Spool = &mutagent.Spool{Dir: dir, AtEnd: true}
	}},
}

// spooled returns the number of ended spans that are only on disk.
func spooled(s mutagent.Statistics) int64 { return s.Spooled }
