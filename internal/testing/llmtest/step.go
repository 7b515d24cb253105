package llmtest

import "net/http"

// A Step defines how a [Server] answers one request.
type Step struct {
	recording Recording
	holdAfter int // 0 means never
	until     <-chan struct{}
	cutAfter  int // 0 means never
}

// Play answers with the recording of that name. It panics if there is none.
func Play(name string) Step { return Step{recording: Load(name)} }

// HoldAfter sends n chunks, and the others when until is closed. If until is never
// closed, the step ends when the client disconnects.
func (s Step) HoldAfter(n int, until <-chan struct{}) Step {
	s.holdAfter, s.until = n, until
	return s
}

// CutAfter sends n chunks and then cuts the connection.
func (s Step) CutAfter(n int) Step {
	s.cutAfter = n
	return s
}

// recordedAt is the Date of all answers, so that they are always the same.
const recordedAt = "Mon, 23 Nov 2026 09:30:00 GMT"

// play reports whether the client stayed to the end.
func (s Step) play(w http.ResponseWriter, gone <-chan struct{}) (stayed bool) {
	for name, values := range s.recording.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Date", recordedAt)
	w.WriteHeader(s.recording.Status)
	chunks := s.recording.Chunks()
	for i, chunk := range chunks {
		if i > 0 && i == s.cutAfter {
			panic(http.ErrAbortHandler)
		}
		if i > 0 && i == s.holdAfter {
			select {
			case <-s.until:
			case <-gone:
				return false
			}
		}
		if _, err := w.Write(chunk); err != nil {
			return false
		}
		if len(chunks) > 1 { // a body in one piece has a Content-Length
			_ = http.NewResponseController(w).Flush() // the next Write returns the error
		}
	}
	return true
}
