package sender

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// A Connection configures how a server is reached.
type Connection struct {
	Timeout time.Duration // of an attempt; 0 means 10 s
	Socket  string        // path of a unix socket to dial instead of the URL's host, "" if none

	// PEM files: trusted certificates instead of the system's, and the client's
	// certificate and key; "" if none.
	Certificate, ClientCertificate, ClientKey string
}

func (c *Connection) roundTripper() http.RoundTripper {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	if d, ok := http.DefaultTransport.(*http.Transport); ok {
		t = d.Clone()
	}
	t.MaxIdleConnsPerHost = MaxRounds
	if c.Socket != "" {
		t.Proxy = nil
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", c.Socket)
		}
	}
	if dial := t.DialContext; dial != nil { // nil where the platform sends requests
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			dialed, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return conn{dialed}, nil
		}
	}
	if c.Certificate+c.ClientCertificate != "" {
		config, err := c.tls()
		if err != nil {
			return failing{err} // reported like any other failure to connect
		}
		t.TLSClientConfig = config
	}
	return t
}

func (c *Connection) tls() (*tls.Config, error) {
	config := new(tls.Config)
	if c.Certificate != "" {
		pem, err := os.ReadFile(c.Certificate)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificate in PEM form", c.Certificate)
		}
	}
	if c.ClientCertificate != "" {
		pair, err := tls.LoadX509KeyPair(c.ClientCertificate, c.ClientKey)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// failing is a round tripper that fails every request.
type failing struct{ err error }

func (f failing) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		req.Body.Close()
	}
	return nil, f.err
}

// A conn is a connection that reuses the buffers through which it copies bodies. The
// net package allocates one of 32 KiB for each body: that was 40 % of what a delivered
// span allocated, and a tenth of its CPU time. Larger buffers gain nothing.
type conn struct{ net.Conn }

// ReadFrom is called by net/http for the body of a request.
func (c conn) ReadFrom(r io.Reader) (int64, error) {
	buf := copies.Get().(*[copyBytes]byte)
	defer copies.Put(buf)
	return io.CopyBuffer(struct{ io.Writer }{c.Conn}, r, buf[:])
}

const copyBytes = 32 << 10

var copies = sync.Pool{New: func() any { return new([copyBytes]byte) }}
