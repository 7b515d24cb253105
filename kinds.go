package mutagent

import "github.com/mutagent-io/mutagent-go/internal/record"

// A Kind is the type of operation that a span represents. The constants are the values
// that MutagenT defines. Any other Kind is allowed: it is sent to MutagenT as
// [KindCustom], with the given value in the metadata. An empty Kind means KindCustom.
type Kind string

const (
	KindLLMChat       Kind = "llm.chat"       // a chat completion
	KindLLMCompletion Kind = "llm.completion" // a text completion
	KindLLMEmbedding  Kind = "llm.embedding"  // an embedding
	KindChain         Kind = "chain"          // a sequential pipeline
	KindAgent         Kind = "agent"          // one run of an agent
	KindGraph         Kind = "graph"          // a graph workflow
	KindNode          Kind = "node"           // a node of a graph
	KindEdge          Kind = "edge"           // a transition of a graph
	KindWorkflow      Kind = "workflow"       // a workflow of several agents
	KindMiddleware    Kind = "middleware"     // code that wraps a handler
	KindTool          Kind = "tool"           // a tool call
	KindRetrieval     Kind = "retrieval"      // a search for context, as in RAG
	KindRerank        Kind = "rerank"         // a reordering of retrieved documents
	KindGuardrail     Kind = "guardrail"      // a safety check
	KindCustom        Kind = "custom"         // anything else
)

// A Status is the outcome of a span. The zero Status is [StatusUnset].
type Status uint8

const (
	// StatusUnset is the status of a span that has not ended.
	StatusUnset = Status(record.StatusUnset)
	// StatusOK is the status of a span that ended without an error.
	StatusOK = Status(record.StatusOK)
	// StatusError is the status of a span that ended with an error or a panic.
	StatusError = Status(record.StatusError)
)

// String returns "unset", "ok" or "error", as in the wire format.
func (s Status) String() string { return record.Status(s).String() }
