package genai

import "encoding/binary"

// frames splits Amazon's event stream, in pieces of any size, into messages. A message
// is two lengths, a checksum, headers, a payload and a checksum. The checksums are not
// verified, because the connection has its own.
// https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html
type frames struct {
	emit func(headers, payload []byte)

	buf  []byte
	skip int // bytes left of a message that is too long to keep
	lost bool
}

const (
	prelude   = 12
	trailer   = 4
	maxFrame  = 1 << 20
	mostFrame = 32 << 20 // above the length of any valid message
)

func (f *frames) Write(p []byte) {
	for len(p) > 0 && !f.lost {
		if f.skip > 0 {
			n := min(f.skip, len(p))
			f.skip -= n
			p = p[n:]
			continue
		}
		p = p[f.take(p):]
	}
}

// take adds the bytes of p that belong to the current message, and passes the message
// on when it is complete.
func (f *frames) take(p []byte) int {
	need := prelude
	if len(f.buf) >= prelude {
		need = f.length()
	}
	n := min(need-len(f.buf), len(p))
	f.buf = append(f.buf, p[:n]...)
	switch {
	case len(f.buf) < need:
	case need == prelude:
		f.begin()
	default:
		f.dispatch()
	}
	return n
}

func (f *frames) length() int { return int(binary.BigEndian.Uint32(f.buf)) }

// begin checks the lengths of a message.
func (f *frames) begin() {
	length, headers := f.length(), int(binary.BigEndian.Uint32(f.buf[4:]))
	switch {
	case headers > mostFrame || length < prelude+trailer+headers || length > mostFrame:
		f.lost = true // the start of the next message is unknown
	case length > maxFrame:
		f.skip, f.buf = length-prelude, f.buf[:0]
	}
}

func (f *frames) dispatch() {
	headers := int(binary.BigEndian.Uint32(f.buf[4:]))
	body := f.buf[prelude : len(f.buf)-trailer]
	f.buf = f.buf[:0]
	f.emit(body[:headers], body[headers:])
}

// sizes are the sizes of header values by type. Text and bytes have a length of their
// own.
var sizes = [...]int{0, 0, 1, 2, 4, 8, -1, -1, 8, 16}

// header returns the value of a text header.
func header(headers []byte, name string) string {
	for len(headers) > 0 {
		n := 1 + int(headers[0])
		if len(headers) < n+3 || int(headers[n]) >= len(sizes) {
			return ""
		}
		key, at, size := string(headers[1:n]), n+1, sizes[headers[n]]
		if size < 0 {
			size = int(binary.BigEndian.Uint16(headers[at:]))
			at += 2
		}
		if len(headers) < at+size {
			return ""
		}
		if key == name {
			return string(headers[at : at+size])
		}
		headers = headers[at+size:]
	}
	return ""
}
