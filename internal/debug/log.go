// Package debug prints the output of Options.Debug.
package debug

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/redact"
)

// A Log prints one line at a time. A nil Log prints nothing.
type Log struct {
	Redactor *redact.Redactor // redacts spans before they are printed

	mu sync.Mutex
	w  io.Writer
}

// New returns a Log that prints to w.
func New(w io.Writer) *Log { return &Log{w: w} }

func (d *Log) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.w.Write(line)
}

func (d *Log) Printf(format string, args ...any) {
	if d != nil {
		fmt.Fprintf(d, "mutagent: "+format+"\n", args...)
	}
}

func (d *Log) Started(s *record.Span) {
	r := d.Redactor.Outline(s)
	d.Printf("start %s %q trace=%x span=%x", r.Kind, r.Name, r.TraceID, r.ID)
}

func (d *Log) Ended(s *record.Span) {
	r := d.Redactor.Outline(s)
	d.Printf("end   %s %q trace=%x span=%x %s %v %s", r.Kind, r.Name, r.TraceID, r.ID, r.Status, r.Duration.Round(time.Microsecond), r.Details().Message)
}
