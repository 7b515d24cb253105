package faults_test

import "github.com/mutagent-io/mutagent-go"

// A spool is a way to keep what cannot be delivered.
type spool struct {
	name string
	use  func(o *mutagent.Options, dir string)
	// keeps: what memory has no room for stays, as long as the disk keeps up; and
	// what a process leaves behind, the next one delivers.
	keeps bool
	// survives: no span is lost to a kill once it has ended.
	survives bool
	// rooms are what TestEveryFault tries as MaxQueueBytes.
	rooms map[string]int
}

// roomy is more than anything here needs.
const roomy = 64 << 20

var (
	// memoryRooms has one in which spans must be dropped.
	memoryRooms = map[string]int{"roomy": roomy, "tight": 96 << 10}
	// diskRooms has one in which they must stay on disk only.
	diskRooms = map[string]int{"tight": 192 << 10}
)

var spools = []spool{
	{name: "memory", rooms: memoryRooms, use: func(*mutagent.Options, string) {}},
	{name: "hand-over", rooms: diskRooms, keeps: true, use: func(o *mutagent.Options, dir string) { o.Spool = &mutagent.Spool{Dir: dir} }},
	{name: "at end", rooms: diskRooms, keeps: true, survives: true, use: func(o *mutagent.Options, dir string) {
		o.Spool = &mutagent.Spool{Dir: dir, AtEnd: true}
	}},
}

// spooled returns how many ended spans are on disk only.
func spooled(s mutagent.Statistics) int64 { return s.Spooled }
