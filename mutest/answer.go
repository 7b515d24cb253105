package mutest

import (
	"encoding/json"
	"net/http"
)

// An answer is the server's response to a request.
type answer struct {
	status  int
	message string // of a refusal
	body    any
}

func refusal(status int, message string) answer {
	return answer{status, message, struct {
		Error   string `json:"error"`
		Message string `json:"message"`
	}{http.StatusText(status), message}}
}

// taken05 answers as API 0.5. The notes are those of rejected spans.
func taken05(b *batch, notes []string) answer {
	body := struct {
		Accepted int    `json:"accepted"`
		Rejected int    `json:"rejected"`
		Note     string `json:"note,omitempty"`
	}{Accepted: b.spans(), Rejected: len(notes)}
	if len(notes) > 0 {
		body.Note = notes[0]
	}
	return answer{status: http.StatusOK, body: body}
}

// taken01 answers as API 0.1.
func taken01(b *batch, rejected int) answer {
	ids := []string{}
	for _, t := range b.Traces {
		if !t.incomplete {
			ids = append(ids, t.ID)
		}
	}
	return answer{status: http.StatusOK, body: struct {
		Success  bool     `json:"success"`
		Count    int      `json:"count"`
		TraceIDs []string `json:"traceIds"`
	}{rejected == 0, len(ids), ids}}
}

func (a answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body) // the client has gone; it will ask again
}
