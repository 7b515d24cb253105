package mutbedrock

import (
	"context"
	"io"
	"sync"

	"github.com/mutagent-io/mutagent-go"
)

// A stream is the body of an answer that comes in pieces. It passes on what it
// reads, and looks at it. Reads are the SDK's, from its own goroutine; Close may be
// the caller's at the same time.
type stream struct {
	io.ReadCloser
	call   *call
	unbind func() bool // from the context

	mu     sync.Mutex
	frames frames
	reply  reply
	ended  bool
}

// follow returns body as a stream that ends c.
func follow(c *call, body io.ReadCloser) *stream {
	s := &stream{ReadCloser: body, call: c, reply: reply{began: c.began, room: maxReply}}
	s.mu.Lock() // until unbind is set
	defer s.mu.Unlock()
	s.unbind = context.AfterFunc(c.ctx, func() { s.finish(nil) })
	return s
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.look(p[:n])
	switch {
	case err == io.EOF:
		s.finish(s.atEOF())
	case err != nil:
		s.finish(err)
	}
	return n, err
}

func (s *stream) Close() error {
	err := s.ReadCloser.Close()
	s.finish(nil)
	return err
}

// look takes the events in p, and ends the call with the last of them: nobody has to
// read on to the end of the body, or to close it.
func (s *stream) look(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	var err error
	quietly(func() { err = s.frames.feed(p, s.reply.add) })
	switch {
	case s.reply.done:
		s.end(s.reply.err)
	case err != nil:
		s.end(err)
	}
}

func (s *stream) atEOF() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frames.partial() {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// finish ends the call, if it has not ended.
func (s *stream) finish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	if s.call.ctx.Err() != nil {
		err = context.Cause(s.call.ctx) // whatever the stream made of it
	}
	s.end(err)
}

// end needs the lock.
func (s *stream) end(err error) {
	s.ended = true
	s.unbind()
	opts := mutagent.EndOptions{Metrics: s.reply.metrics}
	s.call.terms = s.reply.terms
	if s.call.op.kind != mutagent.KindLLMEmbedding {
		opts.Output = s.reply.output()
	}
	s.call.end(opts, err)
	s.frames, s.reply = frames{}, reply{} // the caller may keep the body
}
