// Package mutlanggraph traces graphs of [github.com/smallnest/langgraphgo]: a
// span for each run of a graph, and in it a span for each run of a node, whether
// nodes run one after the other, in parallel, in a subgraph, or again because
// they failed. Only the constructor changes:
//
//	g := mutlanggraph.NewStateGraph[State]("support") // was graph.NewStateGraph[State]()
//
// For graphs of another type, such as those with listeners or checkpoints, there
// are the functions that this is made of: [Node], [Edge] and [Graph].
//
// The callbacks, listeners and tracers of langgraphgo cannot give a node a context
// of its own, so that what happens in a node would not be part of the node's span.
// That is why functions are wrapped instead.
//
// A span takes the state as JSON, when its node begins and when it ends. So a node
// must not write to a map, slice or pointer in the state that other nodes hold
// while they run: return a new state. (Callbacks of langgraphgo read the state at
// the same moments.) A node that does write can have a span without a state, by
// [mutagent.Start].
package mutlanggraph
