package fakellm

import (
	"encoding/json"
	"fmt"
	"net/http"
)

type object = map[string]any

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(v)) // the client may have gone
}

func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("fakellm: the arguments of a tool call are no JSON: %v", err))
	}
	return data
}

// A stream writes an answer chunk by chunk.
type stream struct{ w http.ResponseWriter }

// event writes a server-sent event, with no event field if its name is "".
func (s *stream) event(name string, v any) {
	field := ""
	if name != "" {
		field = "event: " + name + "\n"
	}
	s.write("text/event-stream", "%sdata: %s\n\n", field, encode(v))
}

// line writes a line of JSON.
func (s *stream) line(v any) { s.write("application/x-ndjson", "%s\n", encode(v)) }

func (s *stream) write(mediaType, format string, args ...any) {
	s.w.Header().Set("Content-Type", mediaType) // before the first write; later it does nothing
	fmt.Fprintf(s.w, format, args...)
	_ = http.NewResponseController(s.w).Flush() // the client may have gone
}
