package mutmcpgo

import (
	"errors"
	"log/slog"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/mutagent-io/mutagent-go"
)

// codes maps the errors of mcp-go to the code of the server's answer, because mcp-go
// does not keep the code.
var codes = map[error]int{
	mcp.ErrParseError:         mcp.PARSE_ERROR,
	mcp.ErrInvalidRequest:     mcp.INVALID_REQUEST,
	mcp.ErrMethodNotFound:     mcp.METHOD_NOT_FOUND,
	mcp.ErrInvalidParams:      mcp.INVALID_PARAMS,
	mcp.ErrInternalError:      mcp.INTERNAL_ERROR,
	mcp.ErrRequestInterrupted: mcp.REQUEST_INTERRUPTED,
	mcp.ErrResourceNotFound:   mcp.RESOURCE_NOT_FOUND,
}

// refused records the code of err if it is a protocol error.
func refused(span *mutagent.Span, err error) {
	for known, code := range codes {
		if errors.Is(err, known) {
			span.SetAttributes(slog.Int("rpc.response.status_code", code))
			return
		}
	}
}
