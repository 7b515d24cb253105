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

// maxAnswer bounds what is read of an answer. Reading it lets the connection be
// used again.
const maxAnswer = 64 << 10

// An AnswerError is an answer that is not an acceptance, in words.
type AnswerError struct {
	Status int // of HTTP
	text   string
}

func (e *AnswerError) Error() string { return e.text }

// attempt posts body once. A panic of the user's HTTP client is a failure like others:
// it would end the program, which must not notice that it is traced.
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
	// Destinations key spans by id, so a repeat is harmless. The nil value says so
	// to net/http, which then replays the request itself when a kept-alive
	// connection turns out to be dead, as after a freeze. It is not sent.
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

// answered puts an answer in words. It quotes nothing of it but what the destination
// took for the server's note: the rest could repeat the request.
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

// maxNote bounds what is told of a server's words, in bytes.
const maxNote = 400

// oneLine hides secrets in text, makes one line of it and bounds it. Secrets are hidden
// before anything is cut, or a part of one could stay.
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

// maxText bounds what is told of an error, in bytes.
const maxText = 1 << 10

// noAnswer is an attempt that got no answer, or half of one. What net/http says of it
// can quote the server, which can have repeated a secret.
func (s *Sender) noAnswer(err error) (destination.Outcome, error) {
	if text := s.mask(err.Error()); text != err.Error() || len(text) > maxText {
		err = errors.New(freeze.Cut(text, maxText))
	}
	return destination.Outcome{Verdict: destination.Later}, err
}

// retryAfter reads the header's two forms, seconds and a date. What it cannot
// read is 0.
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
