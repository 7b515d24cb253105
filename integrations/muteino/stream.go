package muteino

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/components/tool"
	"github.com/cloudwego/eino/schema"

	"github.com/mutagent-io/mutagent-go"
)

// A stream is read only as far as it fits into a span, because a producer may be
// endless until it is closed.
const (
	maxBytes = 4 << 20
	maxItems = 1 << 16
	maxLate  = 1 << 8 // items after the end of the context: the program may be ahead of this reader
)

// pieces are the chunks of a stream so far.
type pieces struct {
	began    time.Time // start of the component; zero if not needed
	items    int
	bytes    int
	messages []*schema.Message
	lists    [][]*schema.Message
	text     strings.Builder
	others   []json.RawMessage
	metrics  mutagent.Metrics
}

// read reads a stream to its end, to an error or to the end of ctx, and closes it.
// Items may be produced by functions of the program, which may panic. In this goroutine
// nobody else would recover from that.
func read[T any](ctx context.Context, stream *schema.StreamReader[T], p *pieces) (err error) {
	defer stream.Close()
	defer recovered(&err)
	for late := 0; late < maxLate && p.bytes < maxBytes && p.items < maxItems; {
		if ctx.Err() != nil {
			late++
		}
		item, err := stream.Recv()
		switch _, source := schema.GetSourceName(err); {
		case errors.Is(err, io.EOF):
			return nil
		case source: // one of several sources has ended
		case err != nil:
			return err
		default:
			p.add(notNil(item))
		}
	}
	return context.Cause(ctx)
}

// recovered converts a panic to an error. It must be deferred directly.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v", p)
	}
}

func (p *pieces) add(item any) {
	if p.items++; p.items == 1 && !p.began.IsZero() {
		p.metrics.TimeToFirstToken = time.Since(p.began)
	}
	p.measure(metrics(item))
	switch v := item.(type) {
	case string:
		p.write(v)
	case *tool.CallbackOutput:
		p.write(v.Response)
	case *schema.Message:
		p.message(v)
	case *model.CallbackOutput:
		p.message(v.Message)
	case []*schema.Message:
		list := make([]*schema.Message, len(v))
		for i, m := range v {
			list[i] = p.take(m)
		}
		p.lists = append(p.lists, list)
	default:
		p.encode(v)
	}
}

func (p *pieces) write(text string) {
	p.text.WriteString(text)
	p.bytes += len(text)
}

func (p *pieces) message(m *schema.Message) {
	if m != nil {
		p.messages = append(p.messages, p.take(m))
	}
}

// take returns a copy of m without Extra, because eino's adk writes to Extra after the
// callbacks got their copies of a stream.
func (p *pieces) take(m *schema.Message) *schema.Message {
	if m == nil {
		return nil
	}
	p.bytes += len(m.Content) + len(m.ReasoningContent)
	return &schema.Message{
		Role: m.Role, Name: m.Name, Content: m.Content, ReasoningContent: m.ReasoningContent,
		UserInputMultiContent: m.UserInputMultiContent, AssistantGenMultiContent: m.AssistantGenMultiContent,
		ToolCalls: m.ToolCalls, ToolCallID: m.ToolCallID, ToolName: m.ToolName, ResponseMeta: m.ResponseMeta,
	}
}

// encode keeps values of unknown type as JSON, because the size of JSON is known.
func (p *pieces) encode(v any) {
	raw, err := guard(func() ([]byte, error) { return json.Marshal(v) })
	if err != nil {
		raw, _ = json.Marshal("!ERROR: " + err.Error())
	}
	p.others = append(p.others, raw)
	p.bytes += len(raw)
}

// guard calls f, which calls functions of the program, and recovers from panics.
func guard[T any](f func() (T, error)) (v T, err error) {
	defer recovered(&err)
	return f()
}

// measure merges m: the latest value of a number counts.
func (p *pieces) measure(m mutagent.Metrics) {
	if m.Model == "" {
		m.Model = p.metrics.Model
	}
	if m.TotalTokens+m.InputTokens+m.OutputTokens == 0 {
		model := m.Model
		m = p.metrics
		m.Model = model
	}
	m.TimeToFirstToken = p.metrics.TimeToFirstToken
	p.metrics = m
}

// io returns the pieces joined to one value, or as a list if they cannot be joined.
func (p *pieces) io() mutagent.IO {
	switch {
	case len(p.messages) > 0:
		whole, err := guard(func() (*schema.Message, error) { return schema.ConcatMessages(p.messages) })
		if err != nil {
			return messages(p.messages...)
		}
		return messages(whole)
	case len(p.lists) > 0:
		whole, err := guard(func() ([]*schema.Message, error) { return schema.ConcatMessageArray(p.lists) })
		if err != nil {
			whole = slices.Concat(p.lists...)
		}
		return messages(whole...)
	case p.text.Len() > 0:
		return mutagent.IO{Text: p.text.String()}
	case len(p.others) == 1:
		return mutagent.IO{Raw: p.others[0]}
	case len(p.others) > 1:
		return mutagent.IO{Raw: p.others}
	}
	return mutagent.IO{}
}
