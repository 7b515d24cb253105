package genai

import (
	"net/url"

	"github.com/valyala/fastjson"
)

// tools records the definitions of the tools that the model may call. Definitions of
// MCP servers contain credentials, which are left out.
func (c *Call) tools(v *fastjson.Value) {
	if len(v.GetArray()) > 0 {
		c.Tools = appendTool(nil, v)
	}
}

// appendTool is appendJSON without secrets. It does not look into a schema, whose keys
// are names of arguments.
func appendTool(dst []byte, v *fastjson.Value) []byte {
	switch v.Type() {
	case fastjson.TypeArray:
		dst = append(dst, '[')
		for i, item := range v.GetArray() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendTool(dst, item)
		}
		return append(dst, ']')
	case fastjson.TypeObject:
		dst = append(dst, '{')
		comma := false
		v.GetObject().Visit(func(key []byte, member *fastjson.Value) {
			if secret(string(key)) {
				return
			}
			if comma {
				dst = append(dst, ',')
			}
			comma = true
			dst = appendKey(dst, string(key))
			dst = appendMember(dst, string(key), member)
		})
		return append(dst, '}')
	}
	return appendJSON(dst, v)
}

func appendMember(dst []byte, key string, v *fastjson.Value) []byte {
	switch key {
	case "parameters", "parametersJsonSchema", "input_schema", "inputSchema", "schema":
		return appendJSON(dst, v)
	case "server_url", "url":
		return appendString(dst, withoutLogin(text(v)))
	}
	return appendTool(dst, v)
}

func secret(key string) bool {
	switch key {
	case "authorization", "authorization_token", "authorizationToken", "headers", "http_headers", "httpHeaders", "api_key", "apiKey", "apiKeyString":
		return true
	}
	return false
}

// withoutLogin returns a URL without parts that may be a password or a key.
func withoutLogin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment = nil, "", false, ""
	return u.String()
}
