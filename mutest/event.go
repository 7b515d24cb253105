package mutest

import (
	"encoding/json"
	"log/slog"
	"time"
)

// An event is an Event as it is sent.
type event struct {
	Name       string         `json:"name"`
	Time       timestamp      `json:"timestamp"`
	Level      string         `json:"level"`
	Attributes map[string]any `json:"attributes"`
	Source     *slog.Source   `json:"source"`
}

// events returns those in metadata, where no schema says what they are, or else
// those with a key of their own.
func (s *spanEntry) events() []Event {
	events := s.Events
	if list, ok := s.Metadata["events"]; ok {
		events = nil
		text, err := json.Marshal(list)
		if err != nil || unmarshal(text, &events) != nil {
			return nil
		}
	}
	var pub []Event
	for _, e := range events {
		pub = append(pub, Event{e.Name, e.Time.Time, e.Level, plainMap(e.Attributes), e.Source})
	}
	return pub
}

// A timestamp is a time, or zero for a text that is none: API 0.5 does not say
// what its times look like.
type timestamp struct{ time.Time }

func (t *timestamp) UnmarshalJSON(text []byte) error {
	if t.Time.UnmarshalJSON(text) != nil {
		t.Time = time.Time{}
	}
	t.Time = t.UTC()
	return nil
}
