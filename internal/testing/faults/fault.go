package faults

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// A Fault is one way to fail. The zero Fault does not fail.
type Fault struct {
	Name string
	// Refuse: nothing listens.
	Refuse bool
	// Greet is called first for each new connection. It reports whether the connection
	// stays open.
	Greet func(*guest) bool
	// Answer handles a request. If it is nil, the request is accepted.
	Answer func(*Exchange)
	// TLS: the fault affects handshakes, so the server must use TLS.
	TLS bool
	// Rejects: the client is told never to repeat the request, so it drops spans.
	Rejects bool
}

// Well is a server without a fault.
var Well = Fault{Name: "well", Answer: func(x *Exchange) { x.take(); x.answer(http.StatusOK) }}

// All are all faults. Each has a unique name.
var All = append([]Fault{
	{Name: "refuse", Refuse: true},
	{Name: "reset, at once", Greet: func(g *guest) bool { return g.SetLinger(0) != nil }},
	{Name: "reset, unread", Answer: func(x *Exchange) { x.hijack().reset() }},
	{Name: "reset, taken", Answer: func(x *Exchange) { x.take(); x.hijack().reset() }},
	{Name: "closed, read", Answer: func(x *Exchange) { x.read(); x.hijack().Close() }},
	{Name: "closed, taken", Answer: func(x *Exchange) { x.take(); x.hijack().Close() }},

	{Name: "hang, unread", Answer: func(x *Exchange) { x.wait(); panic(http.ErrAbortHandler) }},
	{Name: "hang, read", Answer: func(x *Exchange) { x.read(); x.wait(); panic(http.ErrAbortHandler) }},
	{Name: "hang, taken", Answer: func(x *Exchange) { x.take(); x.wait(); panic(http.ErrAbortHandler) }},
	{Name: "drip", Answer: func(x *Exchange) { x.take(); x.drip(okay, time.Millisecond) }},
	{Name: "drip without end", Answer: func(x *Exchange) { x.take(); x.drip(endless, time.Millisecond) }},
	{Name: "sip", Answer: sip},

	{Name: "garbage", Answer: raw("\x00\x01\x02\r\n\r\n")},
	{Name: "another protocol", Answer: raw("SSH-2.0-OpenSSH_9.9\r\n")},
	{Name: "garbage, accepted", Answer: raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\x00\xff<b")},
	{Name: "long answer", Answer: raw("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + strings.Repeat("x", 1_000_000))},
	{Name: "half a head", Answer: raw("HTTP/1.1 200 OK\r\nContent-Le")},
	{Name: "half an answer", Answer: raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")},
	{Name: "half a chunk", Answer: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{")},

	{Name: "keep-alive, closed when idle", Answer: raw(okay)},
	{Name: "keep-alive, closed on use", Answer: closeOnUse},

	{Name: "413 above 4 KB", Answer: tooLarge(4 << 10)},
	{Name: "413 always", Rejects: true, Answer: tooLarge(0)},
	{Name: "429, in a second", Answer: status(429, "Retry-After", "1")},
	{Name: "429, in an hour", Answer: status(429, "Retry-After", "3600")},
	{Name: "429, at once", Answer: status(429, "Retry-After", "0")},
	{Name: "429, whenever", Answer: status(429, "Retry-After", "when it suits")},
	{Name: "503, from a date", Answer: retryAt(2 * time.Second)},
	{Name: "503, since a date", Answer: retryAt(-time.Hour)},

	{Name: "slow handshake", TLS: true, Greet: func(g *guest) bool { g.slow = 4 << 10; return true }},
	{Name: "broken handshake", TLS: true, Greet: func(*guest) bool { return false }},
	{Name: "clear text for a handshake", TLS: true, Greet: clearText},
}, statuses()...)

// statuses returns faults that answer with only a status. The server has read the
// request, and not accepted it.
func statuses() (all []Fault) {
	for _, code := range []int{400, 401, 403, 409, 422, 431} {
		all = append(all, Fault{Name: fmt.Sprint(code), Rejects: true, Answer: status(code, "Location", "/elsewhere")})
	}
	for _, code := range []int{301, 307, 404, 405, 408, 429, 500, 502, 503, 504, 507, 599} {
		all = append(all, Fault{Name: fmt.Sprint(code), Answer: status(code, "Location", "/elsewhere")})
	}
	return all
}

func status(code int, header ...string) func(*Exchange) {
	return func(x *Exchange) { x.read(); x.answer(code, header...) }
}

func retryAt(in time.Duration) func(*Exchange) {
	return func(x *Exchange) {
		x.read()
		x.answer(http.StatusServiceUnavailable, "Retry-After", time.Now().Add(in).UTC().Format(http.TimeFormat))
	}
}

const (
	accepted = `{"accepted":1,"rejected":0}`

	okay    = "HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n" + accepted
	endless = "HTTP/1.1 200 OK\r\nX-Drip: "
)

// raw accepts the request, writes answer, and closes the connection.
func raw(answer string) func(*Exchange) {
	return func(x *Exchange) {
		x.take()
		conn := x.hijack()
		defer conn.Close()
		_, _ = io.WriteString(conn, answer)
	}
}

// drip sends an answer byte by byte and, if it is endless, continues.
func (x *Exchange) drip(answer string, pace time.Duration) {
	conn := x.hijack()
	defer conn.Close()
	for i := 0; i < len(answer) || answer == endless; i++ {
		if _, err := conn.Write([]byte{(answer + "x")[min(i, len(answer))]}); err != nil {
			return
		}
		if !x.pause(pace) && answer == endless {
			return
		}
	}
}

// sip reads the request a little at a time, and accepts it.
func sip(x *Exchange) {
	var body bytes.Buffer
	for {
		_, err := io.CopyN(&body, x.r.Body, 1<<10)
		if err == io.EOF {
			break
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		x.pause(time.Millisecond)
	}
	x.ledger.book(body.Bytes())
	x.answer(http.StatusOK)
}

// closeOnUse answers, keeps the connection, and closes it when the next request
// arrives. A load balancer does so after its timeout, and a peer after a freeze.
func closeOnUse(x *Exchange) {
	x.take()
	conn := x.hijack()
	defer conn.Close()
	_, _ = io.WriteString(conn, okay)
	read := make(chan struct{})
	go func() {
		defer close(read)
		if r, err := http.ReadRequest(conn.ahead); err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
		}
	}()
	select {
	case <-read:
	case <-x.over:
	}
}

// tooLarge accepts requests of up to limit bytes.
func tooLarge(limit int) func(*Exchange) {
	return func(x *Exchange) {
		body := x.read()
		if len(body) > limit {
			x.answer(http.StatusRequestEntityTooLarge)
			return
		}
		x.ledger.book(body)
		x.answer(http.StatusOK)
	}
}

// clearText answers a handshake as a server without TLS does.
func clearText(g *guest) bool {
	_, _ = io.WriteString(g.TCPConn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
	return false
}
