package mutmcpgo_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// newServer returns a server with tools, resources and prompts of every sort.
func newServer(opts ...server.ServerOption) *server.MCPServer {
	s := server.NewMCPServer("weather", "1", opts...)
	s.AddTool(mcp.NewTool("forecast"), forecast)
	s.AddTool(mcp.NewTool("map"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{
			mcp.NewTextContent("rain in the west"),
			mcp.NewImageContent("bm90IHJlYWxseQ==", "image/png"),
			mcp.NewAudioContent("MTIzNDU=", "audio/wav"),
			mcp.NewResourceLink("weather://radar", "radar", "", "image/png"),
			mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: "weather://legend", Text: "blue is rain"}),
		}}, nil
	})
	s.AddTool(mcp.NewTool("history"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultError("the archive is closed"), nil
	})
	s.AddTool(mcp.NewTool("broken"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return nil, errors.New("no sky")
	})
	s.AddTool(mcp.NewTool("raw"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("nothing"), nil
	})
	s.AddTool(mcp.NewTool("panics"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		panic("the sky fell")
	})
	s.AddResource(mcp.NewResource("weather://legend", "legend"), func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		return []mcp.ResourceContents{
			mcp.TextResourceContents{URI: "weather://legend", Text: "blue is rain"},
			mcp.BlobResourceContents{URI: "weather://legend#picture", Blob: "MTIzNDU="},
		}, nil
	})
	s.AddPrompt(mcp.NewPrompt("advice", mcp.WithArgument("for")), func(_ context.Context, req mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return mcp.NewGetPromptResult("", []mcp.PromptMessage{
			mcp.NewPromptMessage(mcp.RoleUser, mcp.NewTextContent("What to wear for "+req.Params.Arguments["for"]+"?")),
		}), nil
	})
	return s
}

// forecast is a tool that creates spans of its own.
func forecast(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	logger := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	logger.InfoContext(ctx, "looking out of the window", "city", req.GetString("name", ""))
	_, end := mutagent.Start(ctx, mutagent.KindRetrieval, "stations")
	defer end()
	return mcp.NewToolResultStructuredOnly(map[string]any{"sky": "clear", "degrees": 21}), nil
}

// open connects a client to a server, with ctx on both sides.
type open func(t *testing.T, ctx context.Context, s *server.MCPServer) *client.Client

var transports = map[string]open{"in process": openInProcess, "http": openHTTP}

func openInProcess(t *testing.T, ctx context.Context, s *server.MCPServer) *client.Client {
	c, err := client.NewInProcessClient(s)
	require.NoError(t, err)
	return initialized(t, ctx, c)
}

func openHTTP(t *testing.T, ctx context.Context, s *server.MCPServer) *client.Client {
	return openHTTPWith(t, ctx, s, nil)
}

func openHTTPWith(t *testing.T, ctx context.Context, s *server.MCPServer, headers map[string]string) *client.Client {
	endpoint := httptest.NewUnstartedServer(server.NewStreamableHTTPServer(s))
	endpoint.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	endpoint.Start()
	t.Cleanup(endpoint.Close)
	c, err := client.NewStreamableHttpClient(endpoint.URL, transport.WithHTTPHeaders(headers))
	require.NoError(t, err)
	return initialized(t, ctx, c)
}

func initialized(t *testing.T, ctx context.Context, c *client.Client) *client.Client {
	require.NoError(t, c.Start(ctx))
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.LATEST_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcp.Implementation{Name: "agent", Version: "1"}
	_, err := c.Initialize(ctx, hello)
	require.NoError(t, err)
	return c
}

func call(name string, arguments any) (req mcp.CallToolRequest) {
	req.Params.Name, req.Params.Arguments = name, arguments
	return req
}

// An outcome is everything that a caller sees of a call.
type outcome struct {
	Result string
	Err    string
}

// useEverything makes one call of each sort.
func useEverything(t *testing.T, ctx context.Context, c client.MCPClient) []outcome {
	var all []outcome
	note := func(res any, err error) {
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
	oslo := map[string]any{"name": "Oslo"}
	for _, name := range []string{"forecast", "map", "history", "broken", "telescope"} { // telescope does not exist
		res, err := c.CallTool(ctx, call(name, oslo))
		note(res, err)
	}
	res, err := c.CallTool(ctx, call("raw", nil))
	note(res, err)
	tools, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	note(tools, err)
	for _, uri := range []string{"weather://legend", "weather://nowhere"} {
		var read mcp.ReadResourceRequest
		read.Params.URI = uri
		resource, err := c.ReadResource(ctx, read)
		note(resource, err)
	}
	var get mcp.GetPromptRequest
	get.Params.Name, get.Params.Arguments = "advice", map[string]string{"for": "a walk"}
	prompt, err := c.GetPrompt(ctx, get)
	note(prompt, err)
	return all
}
