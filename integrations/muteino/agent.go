package muteino

import (
	"github.com/cloudwego/eino/adk"
	"github.com/cloudwego/eino/schema"

	"github.com/mutagent-io/mutagent-go"
)

// followAgent ends r when the agent that returned output has finished, and reports
// whether output is from an agent. Agents return before they start; their results are
// events.
func (r *run) followAgent(output any) bool {
	switch output := output.(type) {
	case *adk.AgentCallbackOutput:
		return follow(r, output.Events)
	case *adk.TypedAgentCallbackOutput[*schema.AgenticMessage]:
		return follow(r, output.Events)
	}
	return false
}

func follow[M adk.MessageType](r *run, events *adk.AsyncIterator[*adk.TypedAgentEvent[M]]) bool {
	if events == nil || !r.stream() {
		return false
	}
	background(func() {
		var end mutagent.EndOptions
		for {
			event, ok := events.Next()
			if !ok {
				break
			}
			told(r, event, &end)
		}
		r.end(end)
	})
	return true
}

// told records an event of an agent: the last message is the output.
func told[M adk.MessageType](r *run, event *adk.TypedAgentEvent[M], end *mutagent.EndOptions) {
	defer recovered(&end.Err)
	if event.Err != nil {
		end.Err = event.Err
	}
	if event.Action != nil && event.Action.Interrupted != nil {
		r.span.AddEvent("interrupt")
	}
	if event.Output == nil || event.Output.MessageOutput == nil {
		return
	}
	if message, err := event.Output.MessageOutput.GetMessage(); err == nil {
		end.Output = ioOf(message)
	} else if end.Err == nil {
		end.Err = err
	}
}
