// Package mutlanggraph traces graphs of [github.com/smallnest/langgraphgo]. Each run of
// a graph is a span, and each run of a node is a span inside it, whether nodes run
// sequentially, in parallel, in a subgraph, or again after a failure. Only the
// constructor changes:
//
//	g := mutlanggraph.NewStateGraph[State]("support") // was graph.NewStateGraph[State]()
//
// For graphs of another type, such as those with listeners or checkpoints, use the
// functions [Node], [Edge] and [Graph] directly.
//
// The callbacks, listeners and tracers of langgraphgo cannot pass a context of their
// own to a node, so spans and log records of a node would not be part of the node's
// span. This package therefore wraps functions.
//
// A span records the state as JSON when its node starts and when it ends. A node must
// therefore not write to a map, slice or pointer in the state that other nodes hold
// while they run: return a new state instead. (Callbacks of langgraphgo read the state
// at the same moments.) For a node that does write, use [mutagent.Start], which records
// no state.
package mutlanggraph
