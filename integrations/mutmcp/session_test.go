package mutmcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutmcp"
)

type city struct {
	Name string `json:"name"`
}

type weather struct {
	Sky     string `json:"sky"`
	Degrees int    `json:"degrees"`
}

// newServer returns a server with tools, resources and prompts of every sort.
func newServer(middleware ...mcp.Middleware) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "weather", Version: "1"}, nil)
	server.AddReceivingMiddleware(middleware...)
	mcp.AddTool(server, &mcp.Tool{Name: "forecast"}, forecast)
	mcp.AddTool(server, &mcp.Tool{Name: "map"}, func(context.Context, *mcp.CallToolRequest, city) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{
			&mcp.TextContent{Text: "rain in the west"},
			&mcp.ImageContent{MIMEType: "image/png", Data: []byte("not really")},
			&mcp.ResourceLink{Name: "radar", URI: "weather://radar"},
			&mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "weather://legend", Text: "blue is rain"}},
		}}, nil, nil
	})
	mcp.AddTool(server, &mcp.Tool{Name: "history"}, func(context.Context, *mcp.CallToolRequest, city) (*mcp.CallToolResult, any, error) {
		return nil, nil, errors.New("the archive is closed")
	})
	server.AddTool(&mcp.Tool{Name: "raw", InputSchema: map[string]any{"type": "object"}},
		func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "nothing"}}}, nil
		})
	server.AddResource(&mcp.Resource{Name: "legend", URI: "weather://legend"},
		func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{
				{URI: "weather://legend", Text: "blue is rain"},
				{URI: "weather://legend#picture", Blob: []byte("12345")},
			}}, nil
		})
	server.AddPrompt(&mcp.Prompt{Name: "advice", Arguments: []*mcp.PromptArgument{{Name: "for"}}},
		func(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{
				{Role: "user", Content: &mcp.TextContent{Text: "What to wear for " + req.Params.Arguments["for"] + "?"}},
			}}, nil
		})
	return server
}

// forecast is a tool that creates spans of its own.
func forecast(ctx context.Context, _ *mcp.CallToolRequest, in city) (*mcp.CallToolResult, weather, error) {
	logger := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	logger.InfoContext(ctx, "looking out of the window", "city", in.Name)
	_, end := mutagent.Start(ctx, mutagent.KindRetrieval, "stations")
	defer end()
	return nil, weather{"clear", 21}, nil
}

// open connects a client to a server, with ctx on both sides.
type open func(t *testing.T, ctx context.Context, client *mcp.Client, server *mcp.Server) *mcp.ClientSession

var transports = map[string]open{"in memory": openInMemory, "http": openHTTP}

func openInMemory(t *testing.T, ctx context.Context, client *mcp.Client, server *mcp.Server) *mcp.ClientSession {
	a, b := mcp.NewInMemoryTransports()
	serving, err := server.Connect(ctx, a, nil)
	require.NoError(t, err)
	session, err := client.Connect(ctx, b, nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, session.Close())
		_ = serving.Wait() // returns an error when the client has gone
	})
	return session
}

func openHTTP(t *testing.T, ctx context.Context, client *mcp.Client, server *mcp.Server) *mcp.ClientSession {
	return openEndpoint(t, ctx, client, server, nil)
}

func openEndpoint(t *testing.T, ctx context.Context, client *mcp.Client, server *mcp.Server, transport http.RoundTripper) *mcp.ClientSession {
	endpoint := httptest.NewUnstartedServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	endpoint.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	endpoint.Start()
	t.Cleanup(endpoint.Close)
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint:   endpoint.URL,
		HTTPClient: &http.Client{Transport: transport},
	}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, session.Close()) })
	return session
}

func newClient(middleware ...mcp.Middleware) *mcp.Client {
	client := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1"}, nil)
	client.AddSendingMiddleware(middleware...)
	return client
}

// An outcome is everything that a caller sees of a call.
type outcome struct {
	Result string
	Err    string
}

// useEverything makes one call of each sort.
func useEverything(t *testing.T, ctx context.Context, session *mcp.ClientSession) []outcome {
	var all []outcome
	note := func(res mcp.Result, err error) {
		o := outcome{}
		if err != nil {
			o.Err = err.Error()
		} else {
			text, err := json.Marshal(res)
			require.NoError(t, err)
			o.Result = string(text)
		}
		all = append(all, o)
	}
	tool := func(name string, arguments any) {
		res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: arguments})
		note(res, err)
	}
	tool("forecast", city{"Oslo"})
	tool("map", city{"Oslo"})
	tool("history", city{"Oslo"})
	tool("raw", nil)
	tool("telescope", city{"Oslo"}) // telescope does not exist
	tools, err := session.ListTools(ctx, nil)
	note(tools, err)
	resource, err := session.ReadResource(ctx, &mcp.ReadResourceParams{URI: "weather://legend"})
	note(resource, err)
	resource, err = session.ReadResource(ctx, &mcp.ReadResourceParams{URI: "weather://nowhere"})
	note(resource, err)
	prompt, err := session.GetPrompt(ctx, &mcp.GetPromptParams{Name: "advice", Arguments: map[string]string{"for": "a walk"}})
	note(prompt, err)
	return all
}

var _ mcp.Middleware = mutmcp.Middleware
