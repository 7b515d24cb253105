package muteino

import (
	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/compose"

	"github.com/mutagent-io/mutagent-go"
)

// The nodes by which eino builds the loop of an agent. What goes in and out of them is
// the conversation, which the agent and its models have.
var loop = map[string]bool{
	"Init": true, "CancelCheck": true, "AfterToolCalls": true, "AfterToolCallsCancelCheck": true,
}

// internal reports whether info is of a node that eino made for an agent, below
// parent. An agent is a chain of its name, with a graph named ReAct if it has tools.
// A node of the program's own, of whatever name, is none.
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

// ofAgent reports whether r is the chain that an agent is made of.
func (r *run) ofAgent() bool {
	return r != nil && r.kind == mutagent.KindChain && r.info != nil &&
		r.parent != nil && r.parent.kind == mutagent.KindAgent && r.parent.info != nil && r.parent.info.Name == r.info.Name
}
