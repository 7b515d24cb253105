package main

import (
	"bytes"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

// A model replaces the network and Bedrock. It gives the same answer to every question.
type model struct{}

func (model) Do(*http.Request) (*http.Response, error) {
	var body bytes.Buffer
	for _, e := range [][2]string{
		{"messageStart", `{"role":"assistant"}`},
		{"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"It left the warehouse"}}`},
		{"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":" on Monday."}}`},
		{"contentBlockStop", `{"contentBlockIndex":0}`},
		{"messageStop", `{"stopReason":"end_turn"}`},
		{"metadata", `{"metrics":{"latencyMs":310},"usage":{"inputTokens":9,"outputTokens":7,"totalTokens":16}}`},
	} {
		m := eventstream.Message{Payload: []byte(e[1])}
		m.Headers.Set(":message-type", eventstream.StringValue("event"))
		m.Headers.Set(":event-type", eventstream.StringValue(e[0]))
		if err := eventstream.NewEncoder().Encode(&body, m); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/vnd.amazon.eventstream"}},
		Body:       io.NopCloser(&body),
	}, nil
}
