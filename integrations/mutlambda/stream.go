package mutlambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
)

// A stream is the streaming response of a handler. It must have no exported fields,
// because lambda.Start sends a value with JSON content as JSON.
type stream struct {
	reader     io.Reader
	invocation *invocation
	atEOF      bool
	bytes      atomic.Int64 // bytes read so far; Close may be called concurrently with Read
}

// Read delivers the invocation before it returns the end, because the process may be
// frozen after that. The last bytes do not wait for the delivery.
func (s *stream) Read(p []byte) (n int, err error) {
	if !s.atEOF {
		n, err = s.read(p)
		s.bytes.Add(int64(n))
		s.atEOF = err == io.EOF
		if s.atEOF && n > 0 {
			return n, nil
		}
	}
	if s.atEOF {
		err = io.EOF
		s.finish(nil)
	} else if err != nil {
		s.finish(err)
	}
	return n, err
}

func (s *stream) read(p []byte) (int, error) {
	var returned bool
	defer s.invocation.unwind(&returned)
	n, err := s.reader.Read(p)
	returned = true
	return n, err
}

var errCutShort = errors.New("the response was not read to its end")

// Close is called when the response has been sent, or cannot be.
func (s *stream) Close() (err error) {
	if c, ok := s.reader.(io.Closer); ok {
		err = c.Close()
	}
	if err != nil {
		s.finish(err)
	} else {
		s.finish(errCutShort)
	}
	return err
}

func (s *stream) finish(err error) {
	s.invocation.finish(err, slog.Int64("stream.bytes", s.bytes.Load()))
}

// ContentType returns the content type that lambda.Start assumes for a reader without
// one.
func (s *stream) ContentType() string {
	if c, ok := s.reader.(interface{ ContentType() string }); ok {
		return c.ContentType()
	}
	return "application/octet-stream"
}

// isJSON reports whether lambda.Start sends a reader as JSON, which it does if the JSON
// is not empty.
func isJSON(reader any) bool {
	text, err := json.Marshal(reader)
	return err == nil && !bytes.HasPrefix(text, []byte("{}"))
}
