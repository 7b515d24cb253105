package mutfantasy

import (
	"context"

	"charm.land/fantasy"

	"github.com/mutagent-io/mutagent-go"
)

// Agent returns an agent that behaves like a and records each run as a span of kind
// agent, with the prompt as input and the final response as output. Spans of its models
// and tools are children if [Model] and [Tools] record them; only these spans have the
// tokens.
func Agent(name string, a fantasy.Agent) fantasy.Agent { return agent{a, name} }

type agent struct {
	fantasy.Agent
	name string
}

func (a agent) Generate(ctx context.Context, call fantasy.AgentCall) (res *fantasy.AgentResult, err error) {
	ctx, end := a.start(ctx, call.Prompt, call.Messages)
	defer end(&err)
	res, err = a.Agent.Generate(ctx, call)
	finish(ctx, res)
	return res, err
}

func (a agent) Stream(ctx context.Context, call fantasy.AgentStreamCall) (res *fantasy.AgentResult, err error) {
	ctx, end := a.start(ctx, call.Prompt, call.Messages)
	defer end(&err)
	res, err = a.Agent.Stream(ctx, call)
	finish(ctx, res)
	return res, err
}

func (a agent) start(ctx context.Context, prompt string, history []fantasy.Message) (context.Context, func(...*error)) {
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, a.name)
	in := messages(history)
	if prompt != "" {
		in = append(in, mutagent.Message{Role: "user", Parts: []mutagent.Part{{Type: "text", Content: prompt}}})
	}
	mutagent.FromContext(ctx).SetInput(mutagent.IO{Messages: in})
	return ctx, end
}

func finish(ctx context.Context, res *fantasy.AgentResult) {
	if res != nil {
		mutagent.FromContext(ctx).SetOutput(answer(res.Response.Content, res.Response.FinishReason))
	}
}
