package mutest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/mutagent-io/mutagent-go/internal/testing/contract"
)

// ServeHTTP receives requests of clients, in both published forms of the MutagenT API.
// An invalid body gets status 400 and an error that names the invalid key; nothing of
// it is recorded.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var body bytes.Buffer
	if _, err := io.Copy(&body, req.Body); err != nil {
		return // the client has gone
	}
	if wrong := judge(&Request{Method: req.Method, Path: req.URL.Path, Header: req.Header}); wrong != nil {
		wrong.write(w)
		return
	}
	r.receive(body.Bytes()).write(w)
}

func (r *Recorder) receive(body []byte) answer {
	b, err := readBatch(body, r.accepts())
	if err != nil {
		return refusal(http.StatusBadRequest, err.Error())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.store.add(b, body)
	return taken05(b, nil)
}

// accepts returns what a body must be: the own client's both, like all that this
// module sends; API 0.1 allows more.
func (r *Recorder) accepts() contract.Generation {
	if r.client != nil {
		return contract.Both
	}
	return contract.V01
}

// inProcess hands requests to the Recorder without a network.
type inProcess struct{ r *Recorder }

func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	defer req.Body.Close()
	w := httptest.NewRecorder()
	t.r.ServeHTTP(w, req)
	return w.Result(), nil
}
