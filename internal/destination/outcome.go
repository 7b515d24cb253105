package destination

import "time"

// A Verdict classifies the answer to a request.
type Verdict int

const (
	// Accepted: the destination has the spans, except Outcome.Rejected of them.
	Accepted Verdict = iota
	// Later: the destination may accept the same request later.
	Later
	// TooMuch: the destination may accept the spans in smaller requests.
	TooMuch
	// Unacceptable: something in the request is invalid. Smaller requests find it.
	Unacceptable
	// Refused: the destination accepts nothing from this sender.
	Refused
)

// An Outcome is the interpretation of an answer.
type Outcome struct {
	Verdict    Verdict
	Rejected   int           // spans of an accepted request that were rejected
	Note       string        // the server's own message, "" if none; not yet masked or bounded
	Advice     string        // what the user can do, "" if nothing is known
	RetryAfter time.Duration // the pause that the server asked for; 0 if none
}
