package muteino

import (
	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/compose"

	"github.com/mutagent-io/mutagent-go"
)

// loop has the nodes that eino creates for the loop of an agent. Their input and output
// are the conversation, which the spans of the agent and its models also have.
var loop = map[string]bool{
	"Init": true, "CancelCheck": true, "AfterToolCalls": true, "AfterToolCallsCancelCheck": true,
}

// internal reports whether info describes a node that eino created for an agent, below
// parent. An agent is a chain with the agent's name, and contains a graph named ReAct
// if it has tools. A node of the program is never internal, whatever its name.
func internal(info *callbacks.RunInfo, parent *run) bool {
	if info == nil || info.Component != compose.ComponentOfLambda {
		return false
	}
	if info.Name == "" {
		return parent.ofAgent()
	}
	return loop[info.Name] && parent != nil && parent.kind == mutagent.KindGraph &&
		parent.info != nil && parent.info.Name == "ReAct" && parent.parent.ofAgent()
}

// ofAgent reports whether r is the chain of an agent.
func (r *run) ofAgent() bool {
	return r != nil && r.kind == mutagent.KindChain && r.info != nil &&
		r.parent != nil && r.parent.kind == mutagent.KindAgent && r.parent.info != nil && r.parent.info.Name == r.info.Name
}
