package backends

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// A gate stands before the Collector, and does to requests and answers what networks and
// proxies do: the faults of docs/faults.md that a client of OTLP may see.
type gate struct {
	next string
	now  atomic.Pointer[fault]
}

// A fault deals with a request, whose body has been read.
type fault func(g *gate, w http.ResponseWriter, r *http.Request, body []byte)

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	(*g.now.Load())(g, w, r, body)
}

// pass gives the Collector the request, and returns its answer.
func (g *gate) pass(r *http.Request, body []byte) *httptest.ResponseRecorder {
	req, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, g.next+r.URL.Path, bytes.NewReader(body))
	must(err)
	req.Header = r.Header.Clone()
	resp, err := http.DefaultClient.Do(req)
	must(err)
	defer resp.Body.Close()
	answer := httptest.NewRecorder()
	for key, values := range resp.Header {
		answer.Header()[key] = values
	}
	answer.WriteHeader(resp.StatusCode)
	_, err = io.Copy(answer, resp.Body)
	must(err)
	return answer
}

func well(g *gate, w http.ResponseWriter, r *http.Request, body []byte) {
	answer := g.pass(r, body)
	w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func status(code int, retryAfter string) fault {
	return func(_ *gate, w http.ResponseWriter, _ *http.Request, _ []byte) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(code)
	}
}

// raw takes the connection, writes an answer, and closes or resets.
func raw(taken bool, answer string, linger int) fault {
	return func(g *gate, w http.ResponseWriter, r *http.Request, body []byte) {
		if taken {
			g.pass(r, body)
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		must(err)
		_, _ = io.WriteString(conn, answer)
		_ = conn.(*net.TCPConn).SetLinger(linger)
		_ = conn.Close()
	}
}

var gateFaults = map[string]struct {
	fault   fault
	rejects bool // the sender is told never to send that again
}{
	"400":                   {fault: status(400, ""), rejects: true},
	"429, in a second":      {fault: status(429, "1")},
	"502":                   {fault: status(502, "")},
	"503, whenever":         {fault: status(503, "when it suits")},
	"504":                   {fault: status(504, "")},
	"reset, not taken":      {fault: raw(false, "", 0)},
	"reset, taken":          {fault: raw(true, "", 0)},
	"half an answer, taken": {fault: raw(true, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", -1)},
	"another protocol":      {fault: raw(false, "SSH-2.0-OpenSSH_9.9\r\n", -1)},
	"200 with a web page":   {fault: raw(false, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>", -1)},
	"hangs, taken": {fault: func(g *gate, _ http.ResponseWriter, r *http.Request, body []byte) {
		g.pass(r, body)
		<-r.Context().Done() // the sender's patience
	}},
	"413 above 8 KB": {fault: func(g *gate, w http.ResponseWriter, r *http.Request, body []byte) {
		if len(body) > 8<<10 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		well(g, w, r, body)
	}},
}

// TestFaultsBeforeTheCollector: under each fault, under load, whatever is called delivered
// has arrived, whatever has not is called dropped, and nothing is dropped that was not
// rejected.
func TestFaultsBeforeTheCollector(t *testing.T) {
	last := address(t, "MUTAGENT_TEST_COLLECTOR")
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1000")
	oracle := newOracle(t)
	for name, c := range gateFaults {
		t.Run(name, func(t *testing.T) {
			g := &gate{next: last}
			play := func(f fault) { g.now.Store(&f) }
			play(well)
			server := httptest.NewServer(g)
			defer server.Close()
			client, err := mutagent.New(&mutagent.Options{Protocol: "otlp", Endpoint: server.URL})
			require.NoError(t, err)

			ended, label := map[string]bool{}, "gate "+name+time.Now().String()
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				load(client, label, stop, func(id string) { ended[id] = true })
				close(stopped)
			}()
			for _, f := range []fault{well, c.fault, well} {
				play(f)
				<-time.After(700 * time.Millisecond) // of load
			}
			close(stop)
			<-stopped
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			err = client.Shutdown(ctx)

			stats := client.Stats()
			require.EqualValues(t, len(ended), stats.Ended)
			require.Equal(t, stats.Ended, stats.Delivered+dropped(stats))
			if !c.rejects {
				require.NoError(t, err)
				require.Zero(t, dropped(stats))
				t.Logf("%d spans, %d came again", len(ended), oracle.expect(label, ended))
				return
			}
			require.Positive(t, dropped(stats))
			within(patience, func() bool { return len(oracle.arrived(label)) >= int(stats.Delivered) })
			require.Len(t, oracle.arrived(label), int(stats.Delivered))
		})
	}
}
