package destination

import "time"

// A Verdict says what an answer means for its request.
type Verdict int

const (
	// Accepted: the destination has the spans, but for those that Outcome.Rejected
	// counts.
	Accepted Verdict = iota
	// Later: the destination may take the same request another time.
	Later
	// TooMuch: the destination may take the spans in smaller requests.
	TooMuch
	// Unacceptable: something in the request is wrong. Smaller requests find out what.
	Unacceptable
	// Refused: the destination takes nothing from this sender, whatever it is.
	Refused
)

// An Outcome is the meaning of an answer.
type Outcome struct {
	Verdict    Verdict
	Rejected   int           // spans that an accepted request lost all the same
	Note       string        // the server's own words, "" if it had none; not yet masked or bounded
	Advice     string        // what the user can do about it, "" if nothing is known
	RetryAfter time.Duration // what the server asked for, 0 if nothing
}
