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

// maxKept limits the output that is kept of a stream in case it fails.
const maxKept = 1 << 20

// A stream is the output so far, if the program has requested a stream. A provider
// calls the streaming functions sequentially.
type stream struct {
	span  *mutagent.Span
	began time.Time
	some  bool
	text  strings.Builder
}

// watch returns options that pass chunks to the program's own functions through s.
// Without such a function it adds no option, because that would make the provider
// stream.
func (s *stream) watch(called *llms.CallOptions, options []llms.CallOption) []llms.CallOption {
	if s.span == nil {
		return options
	}
	options = options[:len(options):len(options)] // does not change the caller's array
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

// broken records the output before an error. Chunks are bytes: the last chunk, or the
// limit, may have split a character.
func (s *stream) broken() {
	if text := whole(s.text.String()); text != "" {
		s.span.SetOutput(mutagent.IO{Text: text})
	}
}

// whole returns text without an incomplete character at its end.
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
