package faults

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// A door is a listener that can be shut. While it is shut, nothing listens at its
// address. The HTTP server behind it does not notice.
type door struct {
	addr net.Addr

	mu     sync.Mutex
	moved  *sync.Cond
	inner  net.Listener // nil while the door is shut
	closed bool
	fault  Fault
	guests map[*guest]struct{}
	greets int // connections affected by the fault
}

func openDoor() (*door, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &door{addr: l.Addr(), inner: l, guests: map[*guest]struct{}{}}
	d.moved = sync.NewCond(&d.mu)
	return d, nil
}

// set applies f to new connections. If f affects connections, kept-alive ones are
// closed.
func (d *door) set(f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault, d.greets = f, 0
	if f.Refuse || f.Greet != nil {
		for g := range d.guests {
			go g.Close()
		}
	}
	switch {
	case f.Refuse && d.inner != nil:
		d.inner.Close()
		d.inner = nil
	case !f.Refuse && d.inner == nil && !d.closed:
		d.inner = listenAgain(d.addr)
		d.moved.Broadcast()
	}
}

// listenAgain listens on an address again. A client that is just dialing it can occupy
// it for a moment.
func listenAgain(addr net.Addr) net.Listener {
	for deadline := time.Now().Add(10 * time.Second); ; {
		l, err := net.Listen("tcp", addr.String())
		if err == nil {
			return l
		}
		if time.Now().After(deadline) {
			panic("faults: the server's address is lost: " + err.Error())
		}
	}
}

func (d *door) Accept() (net.Conn, error) {
	for {
		l := d.wait()
		if l == nil {
			return nil, net.ErrClosed
		}
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if g := d.admit(conn.(*net.TCPConn)); g != nil {
			return g, nil
		}
	}
}

// wait returns the listener as soon as the door is open, or nil if the door is closed
// for good.
func (d *door) wait() net.Listener {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.inner == nil && !d.closed {
		d.moved.Wait()
	}
	if d.closed {
		return nil
	}
	return d.inner
}

// admit accepts a connection, unless the fault prevents it.
func (d *door) admit(conn *net.TCPConn) *guest {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := &guest{TCPConn: conn, door: d}
	if d.fault.Greet != nil {
		d.greets++
		if !d.fault.Greet(g) {
			conn.Close()
			return nil
		}
	}
	d.guests[g] = struct{}{}
	return g
}

func (d *door) greeted() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.greets
}

func (d *door) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.moved.Broadcast()
	if d.inner == nil {
		return nil
	}
	return d.inner.Close()
}

func (d *door) Addr() net.Addr { return d.addr }

// A guest is a connection accepted by a door.
type guest struct {
	*net.TCPConn
	door *door
	slow int // bytes still to be sent slowly
}

// Write sends the slow bytes a few at a time.
func (g *guest) Write(b []byte) (int, error) {
	const sip = 64
	sent := 0
	for g.slow > 0 && sent < len(b) {
		n, err := g.TCPConn.Write(b[sent:min(sent+sip, len(b))])
		sent += n
		g.slow -= n
		if err != nil {
			return sent, err
		}
		<-time.After(time.Millisecond) // the fault itself
	}
	n, err := g.TCPConn.Write(b[sent:])
	return sent + n, err
}

func (g *guest) Close() error {
	g.door.mu.Lock()
	delete(g.door.guests, g)
	g.door.mu.Unlock()
	return g.TCPConn.Close()
}

// A line is a connection hijacked from net/http.
type line struct {
	net.Conn
	ahead *bufio.Reader
}

// reset closes with RST instead of FIN.
func (l *line) reset() {
	conn := l.Conn
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	_ = conn.(*guest).SetLinger(0)
	_ = conn.Close()
}
