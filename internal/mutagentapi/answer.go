package mutagentapi

import (
	"bytes"
	"fmt"
	"math"
	"net/http"

	"github.com/valyala/fastjson"

	"github.com/mutagent-io/mutagent-go/internal/destination"
)

// Read interprets the answer to a request of n spans.
func (s *service) Read(answer destination.Answer, n int) destination.Outcome {
	if answer.Status/100 == 2 {
		return readAccepted(answer, n)
	}
	out := destination.Outcome{Verdict: verdict(answer.Status), Note: readError(answer.Body)}
	switch {
	case answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden:
		out.Advice = "check the API key, and the workspace and organization if they are set"
	case answer.Status == http.StatusNotFound || answer.Status == http.StatusMethodNotAllowed:
		out.Advice = "check the endpoint; it is the base URL, without /api/traces/batch"
	case answer.Status/100 == 3:
		out.Note = fmt.Sprintf("to %.200q", answer.Header.Get("Location"))
		out.Advice = "redirects are not followed; set the endpoint to where it really is"
	case answer.Status == http.StatusPaymentRequired:
		out.Advice = "check the account's plan"
	}
	return out
}

func verdict(status int) destination.Verdict {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return destination.TooMuch
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusPaymentRequired:
		return destination.Refused
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusTooEarly,
		http.StatusNotFound, http.StatusMethodNotAllowed: // another server answers there for now
		return destination.Later
	}
	if status/100 == 4 {
		return destination.Unacceptable
	}
	return destination.Later
}

// readAccepted reads the answers of both generations of the API:
// {"accepted","rejected","note"} and {"success","count","traceIds"}. Anything else is
// not from the service. Most often it is the page of a proxy or of a login.
func readAccepted(answer destination.Answer, n int) destination.Outcome {
	v, err := fastjson.ParseBytes(answer.Body)
	switch {
	case err != nil || v.Type() != fastjson.TypeObject:
	case v.Get("accepted") != nil || v.Get("rejected") != nil:
		out := destination.Outcome{Note: string(v.GetStringBytes("note"))}
		out.Rejected = int(max(0, min(float64(n), math.Ceil(v.GetFloat64("rejected"))))) // 1e18 is a number, too
		return out
	case v.Get("success") != nil:
		if v.GetBool("success") {
			return destination.Outcome{}
		}
		return destination.Outcome{Verdict: destination.Unacceptable, Note: readError(answer.Body)}
	}
	note := "an empty answer"
	if len(bytes.TrimSpace(answer.Body)) > 0 {
		note = fmt.Sprintf("an answer of type %.60q that is not the service's", answer.Header.Get("Content-Type"))
	}
	return destination.Outcome{
		Verdict: destination.Later,
		Note:    note,
		Advice:  "check the endpoint, and whether a proxy or a login page answers in its place",
	}
}

// readError returns the message of an error body {"error","message"}, or "" if the body
// is none. It quotes nothing else of an answer, because the rest could repeat the
// request.
func readError(body []byte) string {
	v, err := fastjson.ParseBytes(body)
	if err != nil || v.Type() != fastjson.TypeObject {
		return ""
	}
	text := string(v.GetStringBytes("error"))
	if text == "" {
		text = string(v.GetStringBytes("error", "code"))
	}
	message := string(v.GetStringBytes("message"))
	if message == "" {
		message = string(v.GetStringBytes("error", "message"))
	}
	switch {
	case text == "" || text == message:
		return message
	case message == "":
		return text
	}
	return text + ": " + message
}
