package mutlangchain

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tmc/langchaingo/llms"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// maxKept bounds what is kept of a stream in case that it breaks off.
const maxKept = 1 << 20

// A stream is what has come before the model returns, if the program asked for it.
// A provider calls its functions one after the other.
type stream struct {
	span  *mutagent.Span
	began time.Time
	some  bool
	text  strings.Builder
}

// watch returns options that let the program's own functions hear of pieces through
// s. Without such a function it adds none, as that would make a provider stream.
func (s *stream) watch(called *llms.CallOptions, options []llms.CallOption) []llms.CallOption {
	if s.span == nil {
		return options
	}
	options = options[:len(options):len(options)] // the caller's own array stays as it is
	if f := called.StreamingFunc; f != nil {
		options = append(options, llms.WithStreamingFunc(func(ctx context.Context, piece []byte) error {
			s.heard(piece)
			return f(genai.Unmark(ctx), piece)
		}))
	}
	if f := called.StreamingReasoningFunc; f != nil {
		options = append(options, llms.WithStreamingReasoningFunc(func(ctx context.Context, reasoning, piece []byte) error {
			s.heard(piece)
			return f(genai.Unmark(ctx), reasoning, piece)
		}))
	}
	return options
}

func (s *stream) heard(piece []byte) {
	if !s.some {
		s.some = true
		s.span.SetMetrics(mutagent.Metrics{TimeToFirstToken: time.Since(s.began)})
	}
	if room := maxKept - s.text.Len(); len(piece) > room {
		piece = piece[:room]
	}
	s.text.Write(piece)
}

// broken records what came before an error. Pieces are bytes: the last one, or the
// bound, may have cut a character in two.
func (s *stream) broken() {
	if text := whole(s.text.String()); text != "" {
		s.span.SetOutput(mutagent.IO{Text: text})
	}
}

// whole returns text without the beginning of a character at its end.
func whole(text string) string {
	for last := len(text) - 1; last >= 0 && last >= len(text)-utf8.UTFMax; last-- {
		if utf8.RuneStart(text[last]) {
			if !utf8.FullRuneInString(text[last:]) {
				return text[:last]
			}
			break
		}
	}
	return text
}
