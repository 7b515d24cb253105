// Example is a graph that looks up an order in two places at once, then answers or asks
// a colleague.
//
//	go run ./integrations/mutlanggraph/example
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http/httptest"
	"os"

	"github.com/smallnest/langgraphgo/graph"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlanggraph"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, stdout io.Writer) error {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()
	if err := mutagent.Init(&mutagent.Options{APIKey: "mt_local", Endpoint: server.URL}); err != nil {
		return err
	}
	logger := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))

	app, err := support(logger)
	if err != nil {
		return err
	}
	state, err := app.Invoke(ctx, State{"question": "Where is my order?"})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(stdout, "%s\n\n", state["answer"]); err != nil {
		return err
	}
	if err := mutagent.Shutdown(ctx); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}

// State is passed between the nodes. A node returns the values that it adds.
type State = map[string]any

func support(logger *slog.Logger) (*mutlanggraph.Runnable[State], error) {
	g := mutlanggraph.NewStateGraph[State]("support") // this line adds tracing
	g.SetSchema(graph.NewMapSchema())

	g.AddNode("read", "reads the question", func(context.Context, State) (State, error) {
		return State{"order": 1042}, nil
	})
	g.AddNode("warehouse", "asks the warehouse", func(ctx context.Context, s State) (State, error) {
		logger.InfoContext(ctx, "asking the warehouse", "order", s["order"])
		return State{"sent": "Monday"}, nil
	})
	g.AddNode("carrier", "asks the carrier", func(context.Context, State) (State, error) {
		return State{"arrives": "Wednesday"}, nil
	})
	g.AddNode("answer", "answers", func(_ context.Context, s State) (State, error) {
		return State{"answer": fmt.Sprintf("Sent on %s, with you on %s.", s["sent"], s["arrives"])}, nil
	})
	g.AddNode("colleague", "asks a colleague", func(context.Context, State) (State, error) {
		return State{"answer": "A colleague will write to you."}, nil
	})

	g.SetEntryPoint("read")
	g.AddEdge("read", "warehouse")
	g.AddEdge("read", "carrier")
	known := func(_ context.Context, s State) string {
		if s["sent"] == nil || s["arrives"] == nil {
			return "colleague"
		}
		return "answer"
	}
	g.AddConditionalEdge("warehouse", known)
	g.AddConditionalEdge("carrier", known)
	g.AddEdge("answer", graph.END)
	g.AddEdge("colleague", graph.END)
	return g.Compile()
}
