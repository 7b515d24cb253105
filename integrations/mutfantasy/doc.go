// Package mutfantasy traces programs made with charm.land/fantasy. Spans come from
// decorators, which are what they decorate and pass on a context:
//
//	model := mutfantasy.Model(m)
//	agent := fantasy.NewAgent(model, fantasy.WithTools(mutfantasy.Tools(orders, refunds)...))
//	agent = mutfantasy.Agent("support-agent", agent)
//
// An agent retries a model that fails, so each attempt that it makes is a span. What
// the provider's own client tries again below is part of one.
package mutfantasy
