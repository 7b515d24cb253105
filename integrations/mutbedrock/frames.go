package mutbedrock

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

// frames puts the messages of an event stream together from the pieces in which
// they are read. Each starts with its length, in four bytes.
type frames struct {
	buf     []byte
	payload []byte
	decoder *eventstream.Decoder
}

const (
	minFrame = 16 // two lengths, two checksums
	maxFrame = 24 << 20
)

// feed calls each with every message that p completes. A message is valid until
// each returns. After an error there is no telling where the next one begins.
func (f *frames) feed(p []byte, each func(*eventstream.Message)) error {
	if f.decoder == nil {
		f.decoder = eventstream.NewDecoder()
	}
	f.buf = append(f.buf, p...)
	rest := f.buf
	for len(rest) >= 4 {
		n := binary.BigEndian.Uint32(rest)
		if n < minFrame || n > maxFrame {
			return fmt.Errorf("mutbedrock: an event cannot have %d bytes", n)
		}
		if len(rest) < int(n) {
			break
		}
		m, err := f.decoder.Decode(bytes.NewReader(rest[:n]), f.payload[:0])
		if err != nil {
			return err
		}
		f.payload = m.Payload
		each(&m)
		rest = rest[n:]
	}
	f.buf = f.buf[:copy(f.buf, rest)]
	return nil
}

// partial reports whether a message has begun and not ended.
func (f *frames) partial() bool { return len(f.buf) > 0 }
