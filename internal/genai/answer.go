package genai

import (
	"slices"

	"github.com/valyala/fastjson"

	"github.com/mutagent-io/mutagent-go/internal/redact"
)

// An answer is the output of a model so far: one message for each choice. Whole answers
// and the pieces of a stream are added in the same way.
type answer struct {
	choices []*choice
	cited   cited
	raw     IO  // of answers that are not a conversation
	size    int // bytes of text
	done    bool
	spoke   bool // any content has arrived
	tier    bool // the service tier is known
}

// A choice is one of several alternative messages.
type choice struct {
	index  int
	role   string
	finish string // in the provider's words
	parts  []*piece
}

// A piece is a part that may still grow. The content of a text or reasoning part grows,
// and the arguments of a tool call.
type piece struct {
	Part
	index int // by which a stream refers to a tool call or block
	grown []byte
	cut   bool // there was no room for all of it
}

// Limits of one answer; a stream could have any number of each.
const (
	maxChoices = 128
	maxParts   = 1024
)

// choice returns the choice with an index. It creates the choice if there is none, and
// returns nil if there are too many.
func (c *Call) choice(index int) *choice {
	for _, ch := range c.answer.choices {
		if ch.index == index {
			return ch
		}
	}
	if len(c.answer.choices) == maxChoices {
		c.Cut = true
		return nil
	}
	ch := &choice{index: index, role: "assistant"}
	c.answer.choices = append(c.answer.choices, ch)
	return ch
}

// add adds a part. It adds nothing to a nil choice.
func (c *Call) add(ch *choice, index int, p Part) *piece {
	if ch == nil {
		return nil
	}
	if len(ch.parts) == maxParts {
		c.Cut = true
		return nil
	}
	c.answer.spoke, c.reader.grown.more = true, true
	added := &piece{Part: p, index: index}
	ch.parts = append(ch.parts, added)
	return added
}

// say adds text of a type. It extends the last part if that is of the same type.
func (c *Call) say(ch *choice, typ string, said []byte) { c.sayIn(ch, -1, typ, said) }

// sayIn is say for the parts with an index.
func (c *Call) sayIn(ch *choice, index int, typ string, said []byte) {
	if ch == nil || len(said) == 0 {
		return
	}
	var last *piece
	if n := len(ch.parts); n > 0 && ch.parts[n-1].Type == typ && ch.parts[n-1].index == index {
		last = ch.parts[n-1]
	} else {
		last = c.add(ch, index, Part{Type: typ})
	}
	c.grow(last, said)
}

// grow extends the growing field of a part.
func (c *Call) grow(p *piece, said []byte) {
	if p == nil || len(said) == 0 {
		return
	}
	g := &c.reader.grown
	g.times, g.piece, g.said = g.times+1, p, said
	c.extend(p, said)
}

// extend is grow without a note of it.
func (c *Call) extend(p *piece, said []byte) {
	c.answer.spoke = true
	if room := maxText - c.answer.size; len(said) > room {
		said, p.cut, c.Cut = said[:room], true, true
	}
	c.answer.size += len(said)
	if p.grown == nil {
		p.grown = make([]byte, 0, max(len(said), 256)) // append would begin with 8
	}
	p.grown = append(p.grown, said...)
}

// part returns the last part with a type and an index, or nil.
func (ch *choice) part(typ string, index int) *piece {
	if ch == nil {
		return nil
	}
	for _, p := range slices.Backward(ch.parts) {
		if p.index == index && (typ == "" || p.Type == typ) {
			return p
		}
	}
	return nil
}

// finishAs records why a message ended.
func (ch *choice) finishAs(reason *fastjson.Value) {
	if r := reason.GetStringBytes(); ch != nil && len(r) > 0 {
		ch.finish = string(r)
	}
}

// Output returns the output so far.
func (c *Call) Output() IO {
	out := c.answer.raw
	slices.SortStableFunc(c.answer.choices, func(a, b *choice) int { return a.index - b.index })
	for _, ch := range c.answer.choices {
		m := Message{Role: ch.role}
		for _, p := range ch.parts {
			m.Parts = append(m.Parts, p.whole())
		}
		m.FinishReason = FinishReason(ch.finish, slices.ContainsFunc(m.Parts, isCall))
		if m.Parts != nil || m.FinishReason != "" {
			out.Messages = append(out.Messages, m)
		}
	}
	return out
}

// FinishReasons returns why the messages ended, in the provider's words.
func (c *Call) FinishReasons() []string {
	var reasons []string
	for _, ch := range c.answer.choices {
		if ch.finish != "" {
			reasons = append(reasons, ch.finish)
		}
	}
	return reasons
}

func isCall(p Part) bool { return p.Type == "tool_call" }

func (p *piece) whole() Part {
	part, grown := p.Part, p.grown
	if p.cut { // as in Excerpt.keep
		grown = wholeRunes(grown[:max(0, len(grown)-redact.Overhang)], 0)
	}
	switch {
	case len(grown) == 0:
	case part.Type == "tool_call" || part.Type == "server_tool_call":
		part.Arguments = ToolData(string(grown))
	default:
		part.Content += string(grown)
	}
	return part
}
