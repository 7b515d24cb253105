package mutfantasy

import (
	"context"
	"iter"
	"strings"
	"time"

	"charm.land/fantasy"

	"github.com/mutagent-io/mutagent-go"
)

// maxKept limits the recorded output of a stream.
const maxKept = 4 << 20

// A stream is the output of an answer so far.
type stream struct {
	model model
	span  *mutagent.Span
	end   func(...*error)
	began time.Time
	some  bool
	kept  int

	blocks  []*block
	calls   []fantasy.Content
	reason  fantasy.FinishReason
	obj     any // the last object of a stream of objects
	failure error
}

// A block is a text or a reasoning; several may be open at a time.
type block struct {
	id        string
	reasoning bool
	text      strings.Builder
}

// follow returns parts and passes each of them to hear. It ends the span when the parts
// end, or when the program stops reading or panics. The span of an unread stream ends
// with ctx.
func follow[P any](ctx context.Context, s *stream, parts iter.Seq[P], hear func(P)) iter.Seq[P] {
	unread := context.AfterFunc(ctx, func() {
		err := context.Cause(ctx)
		s.end(&err)
	})
	return func(yield func(P) bool) {
		unread()
		defer s.end(&s.failure)
		defer s.record()
		for part := range parts {
			hear(part)
			if !yield(part) {
				return
			}
		}
	}
}

func (s *stream) first() {
	if !s.some {
		s.some = true
		s.span.SetMetrics(mutagent.Metrics{TimeToFirstToken: time.Since(s.began)})
	}
}

func (s *stream) heard(p fantasy.StreamPart) {
	switch p.Type {
	case fantasy.StreamPartTypeTextDelta, fantasy.StreamPartTypeReasoningDelta:
		s.first()
		s.add(p.ID, p.Type == fantasy.StreamPartTypeReasoningDelta, p.Delta)
	case fantasy.StreamPartTypeToolInputStart:
		s.first()
	case fantasy.StreamPartTypeToolCall:
		s.first()
		if s.room(len(p.ToolCallInput)) {
			s.calls = append(s.calls, fantasy.ToolCallContent{ToolCallID: p.ID, ToolName: p.ToolCallName, Input: p.ToolCallInput})
		}
	case fantasy.StreamPartTypeSource:
		s.calls = append(s.calls, fantasy.SourceContent{SourceType: p.SourceType, ID: p.ID, URL: p.URL, Title: p.Title})
	case fantasy.StreamPartTypeFinish:
		s.reason = p.FinishReason
		s.span.SetMetrics(s.model.used(p.Usage))
	case fantasy.StreamPartTypeError:
		s.failure = p.Error
	}
}

func (s *stream) object(p fantasy.ObjectStreamPart) {
	switch p.Type {
	case fantasy.ObjectStreamPartTypeObject:
		s.first()
		s.obj = p.Object // each object contains the previous ones
	case fantasy.ObjectStreamPartTypeTextDelta:
		s.first()
	case fantasy.ObjectStreamPartTypeFinish:
		s.span.SetMetrics(s.model.used(p.Usage))
	case fantasy.ObjectStreamPartTypeError:
		s.failure = p.Error
	}
}

func (s *stream) room(n int) bool {
	s.kept += n
	return s.kept <= maxKept
}

func (s *stream) add(id string, reasoning bool, delta string) {
	if !s.room(len(delta)) {
		return
	}
	for _, b := range s.blocks {
		if b.id == id && b.reasoning == reasoning {
			b.text.WriteString(delta)
			return
		}
	}
	b := &block{id: id, reasoning: reasoning}
	b.text.WriteString(delta)
	s.blocks = append(s.blocks, b)
}

// record sets the output so far, even if it is incomplete.
func (s *stream) record() {
	if s.obj != nil {
		s.span.SetOutput(mutagent.IO{Raw: s.obj})
		return
	}
	content := make([]fantasy.Content, 0, len(s.blocks)+len(s.calls))
	for _, b := range s.blocks {
		if b.reasoning {
			content = append(content, fantasy.ReasoningContent{Text: b.text.String()})
		} else {
			content = append(content, fantasy.TextContent{Text: b.text.String()})
		}
	}
	s.span.SetOutput(answer(append(content, s.calls...), s.reason))
}
