package semconv

import (
	"maps"
	"strconv"
	"strings"
)

// numbered reads keys such as llm.input_messages.0.message.role (OpenInference) and
// gen_ai.prompt.0.role (OpenLLMetry).
func (a Attributes) numbered(prefixes ...string) []Message {
	for _, prefix := range prefixes {
		var out []Message
		for _, item := range a.unflatten(prefix) {
			m, ok := item.(map[string]any)
			if !ok {
				continue
			}
			if inner, ok := m["message"].(map[string]any); ok {
				m = inner
			}
			out = append(out, numberedMessage(m))
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

func numberedMessage(given map[string]any) Message {
	m := maps.Clone(given) // it may be the attribute itself
	var calls []any
	for _, call := range items(m["tool_calls"]) {
		c, _ := call.(map[string]any)
		if inner, ok := c["tool_call"].(map[string]any); ok {
			c = inner
		}
		calls = append(calls, c)
	}
	m["tool_calls"] = calls
	if contents := items(m["contents"]); m["content"] == nil && len(contents) > 0 {
		var list []any
		for _, c := range contents {
			inner, _ := c.(map[string]any)
			list = append(list, inner["message_content"])
		}
		m["content"] = list
	} else if text, ok := m["content"].(string); ok {
		if list, ok := parsed(text).([]any); ok { // OpenLLMetry writes a list of parts as JSON
			m["content"] = list
		}
	}
	return message(m)
}

func (a Attributes) numberedDocuments(prefixes ...string) []Document {
	for _, prefix := range prefixes {
		var list []any
		for _, item := range a.unflatten(prefix) {
			m, _ := item.(map[string]any)
			if inner, _ := m["document"].(map[string]any); inner != nil {
				inner = maps.Clone(inner)
				inner["metadata"] = parsed(inner["metadata"])
				list = append(list, inner)
			}
		}
		if len(list) > 0 {
			return documents(list)
		}
	}
	return nil
}

// maxIndex bounds lists written as numbered keys: a huge number in a key must not
// create a huge list.
const maxIndex = 10_000

// unflatten returns the list that keys such as "0.message.role" under prefix describe.
func (a Attributes) unflatten(prefix string) []any {
	var root map[string]any
	for key, val := range a {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok {
			continue
		}
		if root == nil {
			root = map[string]any{}
		}
		at := root
		words := strings.Split(rest, ".")
		for _, word := range words[:len(words)-1] {
			next, ok := at[word].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[word] = next
			}
			at = next
		}
		if _, taken := at[words[len(words)-1]].(map[string]any); !taken {
			at[words[len(words)-1]] = val
		}
	}
	return items(root)
}

// items returns the values of an object with the keys 0, 1, 2 … in this order.
func items(v any) []any {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	var out []any
	for i := 0; i < maxIndex && len(out) < len(m); i++ {
		item, ok := m[strconv.Itoa(i)]
		if !ok {
			break
		}
		out = append(out, item)
	}
	return out
}
