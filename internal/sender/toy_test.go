package sender_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/sender"
)

// A toy is a destination that reads the verdict from an answer's status. The sender
// uses no more of a destination than this.
type toy struct {
	destination.Destination
	url string
}

func (d toy) URL() string         { return d.url }
func (d toy) Header() http.Header { return http.Header{"X-Key": {"secret"}} }

func (d toy) Read(answer destination.Answer, _ int) destination.Outcome {
	o := destination.Outcome{Note: string(answer.Body)}
	switch answer.Status {
	case http.StatusOK:
		o.Verdict = destination.Accepted
	case http.StatusUnauthorized:
		o.Verdict, o.Advice = destination.Refused, "look at the key"
	default:
		o.Verdict = destination.Later
	}
	return o
}

// A transport answers the n-th request, from 1 on.
type transport func(n int, req *http.Request) (*http.Response, error)

type counting struct {
	n      int
	answer transport
}

func (c *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	c.n++
	defer req.Body.Close()
	return c.answer(c.n, req)
}

// round makes a sender with the transport answer do one round.
func round(t *testing.T, answer transport, change ...func(*sender.Options)) (r sender.Result, requests int) {
	t.Helper()
	c := &counting{answer: answer}
	opts := sender.Options{Destination: toy{url: "https://service.example"}, Client: &http.Client{Transport: c}}
	for _, f := range change {
		f(&opts)
	}
	s := sender.New(opts)
	defer s.Close()
	return begin(s), c.n
}

// begin starts a round, and waits until it is over.
func begin(s *sender.Sender) sender.Result {
	result := make(chan sender.Result, 1)
	s.Begin(time.Now(), 1, body, func(r sender.Result) { result <- r })
	return <-result
}

func body() *destination.Body {
	return &destination.Body{Pieces: [][]byte{[]byte("one "), []byte("two")}}
}
