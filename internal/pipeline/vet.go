package pipeline

import "github.com/mutagent-io/mutagent-go/internal/record"

// vet returns the redacted copy of s. Once a Redactor has ended the loop's goroutine,
// each span is redacted on a goroutine of its own.
func (l *loop) vet(s *record.Span) *record.Span {
	vet := l.opts.Redactor.Span
	if l.wary {
		vet = l.opts.Redactor.Apart
	}
	clean, report := vet(s)
	l.stats.redacted(report)
	return clean
}

// withhold feeds the next item without any text, because its redaction ended the
// goroutine.
func (l *loop) withhold() {
	it := l.feed.items[l.feed.current]
	l.feed.advance()
	l.count()
	l.stats.withheld.Add(1)
	l.put(it, l.opts.Redactor.Withhold(&it.Span))
	l.opts.Trouble.Warn("redaction", "goexit", "a Redactor ended its goroutine; the span is sent without any text")
}
