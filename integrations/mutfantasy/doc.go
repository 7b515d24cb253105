// Package mutfantasy traces programs that use charm.land/fantasy. Spans come from
// decorators, which implement the decorated interface and pass on a context:
//
//	model := mutfantasy.Model(m)
//	agent := fantasy.NewAgent(model, fantasy.WithTools(mutfantasy.Tools(orders, refunds)...))
//	agent = mutfantasy.Agent("support-agent", agent)
//
// An agent retries a failed model call. Each attempt of the agent is a span. Retries
// inside the provider's own client are part of one span.
package mutfantasy
