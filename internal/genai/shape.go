package genai

import (
	"encoding/json"
	"strings"

	"github.com/valyala/fastjson"
)

// A shape describes the locations of the parts in a request and its response. It is
// enough for most calls that are not conversations. A location is keys separated by
// dots. [] visits the elements of a list, and | separates alternatives: the next one is
// used if the previous one has no value.
type shape struct {
	needs   string   // the request is of another type if this is missing
	system  string   // instructions
	input   string   // texts; a single one is recorded as text, several as JSON
	inputs  []string // instead of texts: members that together are the input
	files   string   // in base64, or URLs
	params  []param
	stop    string
	stream  string // true if a stream is requested
	id      string
	model   string // of the response
	output  string // texts; each is a choice, or in a stream a piece of it
	pages   string // texts that together are the answer
	made    string // files in base64, or URLs
	results string // JSON that is the answer
	finish  string // one for each text
	usage   usagePlaces
}

// Locations of counts. Values at several locations are summed.
type usagePlaces struct{ input, output, total, cached, billedInput, billedOutput string }

// protocol returns the protocol of a shape.
func (s shape) protocol(operation, kind string) *protocol {
	return &protocol{
		operation: operation, kind: kind, noNumbers: kind == kindEmbedding,
		request: s.request, answer: s.answer,
	}
}

func (s *shape) request(c *Call, v *fastjson.Value) bool {
	if s.needs != "" && pick(v, s.needs) == nil {
		return false
	}
	c.Stream = c.Stream || pick(v, s.stream).GetBool()
	c.params(v, s.params)
	c.list(pick(v, s.stop), "gen_ai.request.stop_sequences")
	if s.inputs != nil {
		c.Input.Raw = object(v, s.inputs)
		return true
	}
	var files []Part
	for f := range places(v, s.files) {
		files = append(files, fileOrReference(text(f), ""))
	}
	instructions := text(pick(v, s.system))
	if instructions == "" && files == nil {
		c.inputs(v, s.input)
		return true
	}
	if instructions != "" {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "system", Parts: textParts(instructions)})
	}
	user := Message{Role: "user", Parts: files}
	for in := range places(v, s.input) {
		user.Parts = append(user.Parts, textParts(text(in))...)
	}
	c.Input.Messages = append(c.Input.Messages, user)
	return true
}

// inputs records an input that is not a conversation: one text, or a list of anything.
func (c *Call) inputs(v *fastjson.Value, place string) {
	var all []*fastjson.Value
	for in := range places(v, place) {
		all = append(all, in)
	}
	switch len(all) {
	case 0:
	case 1:
		c.prompt(all[0])
	default:
		c.Input.Raw = list(all)
	}
}

// object returns an object with some of the members of v.
func object(v *fastjson.Value, keys []string) json.RawMessage {
	var members []member
	for _, key := range keys {
		if m := v.Get(key); m != nil {
			members = append(members, member{key, m})
		}
	}
	return appendObject(nil, members)
}

func list(all []*fastjson.Value) json.RawMessage {
	dst := []byte{'['}
	for i, v := range all {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSON(dst, v)
	}
	return append(dst, ']')
}

func (s *shape) answer(c *Call, v *fastjson.Value) {
	set(&c.ID, pick(v, s.id).GetStringBytes())
	set(&c.Model, pick(v, s.model).GetStringBytes())
	i := 0
	for said := range places(v, s.output) {
		c.say(c.choice(i), "text", said.GetStringBytes())
		i++
	}
	for page := range places(v, s.pages) {
		if c.answer.spoke {
			c.say(c.choice(0), "text", []byte("\n\n"))
		}
		c.say(c.choice(0), "text", page.GetStringBytes())
	}
	for f := range places(v, s.made) {
		c.add(c.choice(0), -1, fileOrReference(text(f), ""))
	}
	if found := raw(pick(v, s.results)); found != nil {
		c.answer.raw.Raw = found
	}
	i = 0
	for reason := range places(v, s.finish) {
		if len(reason.GetStringBytes()) > 0 {
			c.choice(i).finishAs(reason)
		}
		i++
	}
	s.usage.count(&c.Usage, v)
}

func (p *usagePlaces) count(u *Usage, v *fastjson.Value) {
	sum(&u.Input, v, p.input)
	sum(&u.Output, v, p.output)
	sum(&u.CacheRead, v, p.cached)
	sum(&u.Total, v, p.total)
	sum(&u.billedInput, v, p.billedInput)
	sum(&u.billedOutput, v, p.billedOutput)
	u.sum()
}

// sum sets *to to the sum of the numbers at a location, if there are any.
func sum(to *int64, v *fastjson.Value, place string) {
	total, any := int64(0), false
	for n := range places(v, place) {
		if n.Type() == fastjson.TypeNumber {
			total, any = total+number(n), true
		}
	}
	if any {
		*to = total
	}
}

// pick returns the first value at a location, or nil.
func pick(v *fastjson.Value, place string) *fastjson.Value {
	if place != "" && !strings.ContainsAny(place, ".|[") {
		return v.Get(place)
	}
	for found := range places(v, place) {
		return found
	}
	return nil
}

// places iterates over the values at a location.
func places(v *fastjson.Value, place string) func(yield func(*fastjson.Value) bool) {
	return func(yield func(*fastjson.Value) bool) {
		for place != "" && v != nil {
			var one string
			one, place, _ = strings.Cut(place, "|")
			found, goOn := false, true
			follow(v, one, func(at *fastjson.Value) bool {
				found = true
				goOn = yield(at)
				return goOn
			})
			if found {
				return
			}
		}
	}
}

// follow visits the values at a location. It reports whether to continue.
func follow(v *fastjson.Value, place string, yield func(*fastjson.Value) bool) bool {
	if v == nil || v.Type() == fastjson.TypeNull {
		return true
	}
	if place == "" {
		return yield(v)
	}
	key, rest, _ := strings.Cut(place, ".")
	key, through := strings.CutSuffix(key, "[]")
	if key != "" {
		v = v.Get(key)
	}
	if !through {
		return follow(v, rest, yield)
	}
	for _, item := range v.GetArray() {
		if !follow(item, rest, yield) {
			return false
		}
	}
	return true
}
