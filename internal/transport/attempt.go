// Package transport posts request bodies. It is the only place that talks to
// the network.
package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// A Verdict says what an unsuccessful attempt means for its body.
type Verdict int

const (
	// Retry: the server may take it another time.
	Retry Verdict = iota
	// TooLarge: the server may take it in smaller pieces.
	TooLarge
	// Rejected: the server will never take it.
	Rejected
)

// An Error is an unsuccessful attempt.
type Error struct {
	Verdict    Verdict
	Status     int           // HTTP status, 0 if there was no answer
	RetryAfter time.Duration // what the server asked for, 0 if nothing
	Cause      error
}

func (e *Error) Error() string { return e.Cause.Error() }
func (e *Error) Unwrap() error { return e.Cause }

// attemptTimeout bounds one request, from dialing to the end of the answer.
const attemptTimeout = 10 * time.Second

// maxAnswer bounds what is read of an answer. Reading it lets the connection be
// used again.
const maxAnswer = 64 << 10

// attempt posts body once. It returns nil if the server took it.
// A panic of the user's HTTP client is a failure like others: it would end the
// program, which must not notice that it is traced.
func (t *Transport) attempt(ctx context.Context, body *wire.Body) (failure *Error) {
	defer func() {
		if p := recover(); p != nil {
			failure = t.lost(fmt.Errorf("the HTTP client panicked: %s", freeze.Text(p)))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, nil)
	if err != nil {
		return &Error{Verdict: Rejected, Cause: err}
	}
	req.Body, req.ContentLength = body.Open(), body.Size()
	req.GetBody = func() (io.ReadCloser, error) { return body.Open(), nil }
	req.Header.Set("x-api-key", t.key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "mutagent-go/"+wire.Version)
	// The server keys spans by id, so a repeat is harmless. The nil value says so
	// to net/http, which then replays the request itself when a kept-alive
	// connection turns out to be dead, as after a freeze. It is not sent.
	req.Header["Idempotency-Key"] = nil

	resp, err := t.http.Do(req)
	if err != nil {
		return t.lost(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err == nil && resp.StatusCode/100 == 2 {
		return nil
	}
	if err != nil && resp.StatusCode/100 == 2 {
		return t.lost(fmt.Errorf("the answer broke off: %w", err))
	}
	return &Error{
		Verdict:    verdict(resp.StatusCode),
		Status:     resp.StatusCode,
		RetryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now()),
		Cause:      errors.New(t.refusal(resp, answer)),
	}
}

// maxText bounds what is told of an error, in bytes.
const maxText = 1 << 10

// lost is an attempt that got no answer, or half of one. What net/http says of it
// can quote the server, which can have repeated the key.
func (t *Transport) lost(err error) *Error {
	if text := t.hide.Replace(err.Error()); text != err.Error() || len(text) > maxText {
		err = errors.New(freeze.Cut(text, maxText))
	}
	return &Error{Verdict: Retry, Cause: err}
}

func verdict(status int) Verdict {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return TooLarge
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		return Retry
	}
	return Rejected
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

// refusal describes an answer that is not 2xx, with what the server's error
// envelope says, if it is one. It quotes nothing else of the answer, which could
// repeat the request. The key is hidden before anything is cut, or a part of it
// could stay.
func (t *Transport) refusal(resp *http.Response, answer []byte) string {
	text := strings.TrimSpace(fmt.Sprintf("the server answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))
	if code := fastjson.GetString(answer, "error", "code"); code != "" {
		text += fmt.Sprintf(": %.100q", t.hide.Replace(code))
	}
	if message := fastjson.GetString(answer, "error", "message"); message != "" {
		text += fmt.Sprintf(": %.300q", t.hide.Replace(message))
	}
	switch {
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		text += "; check the API key"
	case resp.StatusCode/100 == 3:
		text += fmt.Sprintf(" to %.200q; redirects are not followed, set the endpoint to where it really is", t.hide.Replace(resp.Header.Get("Location")))
	}
	return text
}
