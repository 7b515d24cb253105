package sender

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// attemptTimeout bounds one request, from dialing to the end of the answer.
const attemptTimeout = 10 * time.Second

// maxAnswer bounds how much of an answer is read. A connection is reused only after its
// answer has been read.
const maxAnswer = 64 << 10

// An AnswerError describes an answer that is not an acceptance.
type AnswerError struct {
	Status int // HTTP status
	text   string
}

func (e *AnswerError) Error() string { return e.text }

// attempt posts body once. It treats a panic of the user's HTTP client like any other
// failure, because tracing must not end the program.
func (s *Sender) attempt(body *destination.Body, n int) (outcome destination.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			outcome, err = s.noAnswer(fmt.Errorf("the HTTP client panicked: %s", freeze.Text(p)))
		}
	}()
	ctx, cancel := context.WithTimeout(s.ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.dest.URL(), nil)
	if err != nil {
		return destination.Outcome{Verdict: destination.Refused}, err
	}
	req.Body, req.ContentLength = body.Open(), body.Size()
	req.GetBody = func() (io.ReadCloser, error) { return body.Open(), nil }
	req.Header = s.dest.Header().Clone()
	if body.Encoding != "" {
		req.Header.Set("Content-Encoding", body.Encoding)
	}
	req.Header.Set("User-Agent", record.SDKName+"/"+record.SDKVersion)
	// Destinations key spans by ID, so a repeat is harmless. The nil value tells
	// net/http so, without sending a header: it then repeats the request itself when a
	// kept-alive connection turns out to be dead, as after a freeze.
	req.Header["Idempotency-Key"] = nil

	resp, err := s.http.Do(req)
	if err != nil {
		return s.noAnswer(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil && resp.StatusCode/100 == 2 {
		return s.noAnswer(fmt.Errorf("the answer broke off: %w", err))
	}
	outcome = s.dest.Read(destination.Answer{Status: resp.StatusCode, Header: resp.Header, Body: answer}, n)
	if outcome.RetryAfter == 0 {
		outcome.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	}
	outcome.Note = s.oneLine(outcome.Note)
	outcome.Advice = s.oneLine(outcome.Advice)
	if outcome.Verdict == destination.Accepted && outcome.Rejected == 0 {
		return outcome, nil
	}
	return outcome, s.answered(resp.StatusCode, outcome)
}

// answered describes an answer. It quotes only the server's note, as read by the
// destination: the rest could repeat the request.
func (s *Sender) answered(status int, outcome destination.Outcome) error {
	text := strings.TrimSpace(fmt.Sprintf("the server answered %d %s", status, http.StatusText(status)))
	if outcome.Verdict == destination.Accepted {
		text = fmt.Sprintf("the server rejected %d spans", outcome.Rejected)
	}
	if outcome.Note != "" {
		text += ": " + outcome.Note
	}
	if outcome.Advice != "" {
		text += "; " + outcome.Advice
	}
	return &AnswerError{Status: status, text: text}
}

// maxNote bounds the quoted note of a server, in bytes.
const maxNote = 400

// oneLine masks secrets in text, joins it to one line and bounds its length. It masks
// before it cuts, because a cut secret would not be recognized.
func (s *Sender) oneLine(text string) string {
	text = strings.Join(strings.Fields(s.mask(text)), " ")
	if printable := strconv.QuoteToGraphic(text); len(printable) > len(text)+2 {
		text = strings.Map(func(r rune) rune {
			if !strconv.IsGraphic(r) {
				return -1
			}
			return r
		}, text)
	}
	return freeze.Cut(text, maxNote)
}

// maxText bounds the quoted text of an error, in bytes.
const maxText = 1 << 10

// noAnswer is the result of an attempt that got no answer, or only part of one. An
// error of net/http can quote the server, which may have repeated a secret.
func (s *Sender) noAnswer(err error) (destination.Outcome, error) {
	if text := s.mask(err.Error()); text != err.Error() || len(text) > maxText {
		err = errors.New(freeze.Cut(text, maxText))
	}
	return destination.Outcome{Verdict: destination.Later}, err
}

// retryAfter parses the header's two forms, seconds and a date. It returns 0 for
// anything else.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}
