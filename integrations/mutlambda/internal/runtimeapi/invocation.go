//go:build linux

package runtimeapi

import (
	"io"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// An Event invokes a function.
type Event struct {
	Payload string        // JSON; empty means {}
	Timeout time.Duration // timeout that the function is given; 0 means a minute
	TraceID string        // for X-Ray
}

// An Outcome is the result of an event.
type Outcome struct {
	ID          string
	Kind        string // "response", "error", or "" if nothing was posted
	Body        string
	ContentType string
	Trailer     http.Header
}

type invocation struct {
	event   Event
	outcome Outcome
}

// Invoke resumes the process, gives one event to each loop, and returns the outcomes
// when the process has been frozen again, or has exited.
func (e *Environment) Invoke(events ...Event) (outcomes []Outcome) {
	e.tb.Helper()
	begun := e.begin(events)
	e.settle()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range begun {
		outcomes = append(outcomes, v.outcome)
	}
	return outcomes
}

// Begin is like Invoke, for a function that does not finish.
func (e *Environment) Begin(event Event) {
	e.tb.Helper()
	e.begin([]Event{event})
}

func (e *Environment) begin(events []Event) []*invocation {
	e.tb.Helper()
	begun, ok := e.thaw(events)
	if !ok {
		e.tb.Fatalf("fewer than %d loops wait for events", len(events))
	}
	for _, v := range begun {
		select {
		case e.events <- v:
		case <-e.exited:
		}
	}
	return begun
}

// thaw resumes the process, if there are enough loops for the events.
func (e *Environment) thaw(events []Event) (begun []*invocation, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting < len(events) {
		return nil, false
	}
	e.waiting -= len(events)
	for _, event := range events {
		e.last++
		v := &invocation{event: event, outcome: Outcome{ID: strconv.Itoa(e.last)}}
		e.running[v.outcome.ID] = v
		begun = append(begun, v)
	}
	e.signal(syscall.SIGCONT)
	return begun, true
}

// next answers a loop that requests the next event. By then the process may be frozen.
func (e *Environment) next(w http.ResponseWriter, r *http.Request) {
	e.arrived(&e.waiting)
	select {
	case v := <-e.events:
		timeout := v.event.Timeout
		if timeout == 0 {
			timeout = time.Minute
		}
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", v.outcome.ID)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(timeout).UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:orders:live")
		h.Set("Lambda-Runtime-Trace-Id", v.event.TraceID)
		payload := v.event.Payload
		if payload == "" {
			payload = "{}"
		}
		_, _ = io.WriteString(w, payload) // settle notices a process that has exited
	case <-r.Context().Done():
	}
}

// finish records the answer of a function. An incomplete response is no response.
func (e *Environment) finish(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	e.mu.Lock()
	if v := e.running[r.PathValue("id")]; v != nil {
		delete(e.running, v.outcome.ID)
		v.outcome.Kind = r.PathValue("outcome")
		v.outcome.Body = string(body)
		v.outcome.ContentType = r.Header.Get("Content-Type")
		v.outcome.Trailer = r.Trailer
	}
	e.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

func (e *Environment) register(w http.ResponseWriter, _ *http.Request) {
	e.mu.Lock()
	e.extensions++
	e.mu.Unlock()
	w.Header().Set("Lambda-Extension-Identifier", "1")
}

// park blocks an extension that has not registered for any events.
func (e *Environment) park(_ http.ResponseWriter, r *http.Request) {
	e.arrived(&e.parked)
	<-r.Context().Done()
}
