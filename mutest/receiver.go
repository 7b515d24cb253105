package mutest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
)

// ServeHTTP takes what clients send: POST /api/traces. It answers a body that it
// cannot read with status 400 and an error that says what is wrong; nothing of such
// a body is recorded.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch {
	case req.URL.Path != "/api/traces":
		refuse(w, http.StatusNotFound, "NOT_FOUND", "there is only /api/traces")
	case req.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "traces are posted")
	default:
		r.receive(w, req.Body)
	}
}

func (r *Recorder) receive(w http.ResponseWriter, body io.Reader) {
	b, err := readBatch(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "VALIDATION_ERROR", err.Error())
		return
	}
	r.mu.Lock()
	r.store.add(b)
	r.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"data": struct{}{}, "meta": struct{}{}})
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone; it will ask again
}

// inProcess hands requests to the Recorder without a network.
type inProcess struct{ r *Recorder }

func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	defer req.Body.Close()
	w := httptest.NewRecorder()
	t.r.ServeHTTP(w, req)
	return w.Result(), nil
}
