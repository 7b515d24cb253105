package otlp

import "github.com/mutagent-io/mutagent-go/internal/record"

const (
	textType = "text/plain"
	// The conventions have names for the input and output of messages, tools and
	// searches only. Other input and output gets a name of this package if
	// OpenInference is off.
	plainInput  = "mutagent.input"
	plainOutput = "mutagent.output"
)

func (w *spanWriter) input() {
	in := w.span.Details().Input
	if in.Empty() {
		return
	}
	said := w.messages(inputMessages, in, false)
	switch text, isText := plain(in); w.span.Kind {
	case "tool":
		said = w.whole(toolArguments, in, false) || said
	case "retrieval":
		if isText && text != "" && w.wants(queryText) {
			w.text(facts[queryText].key, text)
			said = true
		}
	}
	w.ioValue(inputValue, inputType, plainInput, in, false, said)
}

func (w *spanWriter) output() {
	out := w.span.Details().Output
	if out.Empty() {
		return
	}
	said := w.messages(outputMessages, out, true)
	if w.span.Kind == "tool" {
		said = w.whole(toolResult, out, true) || said
	}
	if m := out.More; m != nil && m.Documents != nil && w.wants(documents) {
		w.json(facts[documents].key, func(dst []byte) []byte { return appendDocuments(dst, m.Documents) })
		said = said || forms(out) == 1
	}
	w.ioValue(outputValue, outputType, plainOutput, out, true, said)
}

// messages writes io as messages if it has any. The text that a model or an agent gets
// or returns counts as a message. It reports whether that is all of io.
func (w *spanWriter) messages(f fact, io record.IO, output bool) bool {
	if !w.wants(f) {
		return false
	}
	if m := io.More; m != nil && m.Messages != nil {
		w.json(facts[f].key, func(dst []byte) []byte { return appendMessages(dst, m.Messages, output) })
		return forms(io) == 1
	}
	switch w.span.Kind {
	case "llm.chat", "llm.completion", "agent":
		if io.IsText() {
			w.json(facts[f].key, func(dst []byte) []byte { return appendOneText(dst, io.Text, output) })
			return true
		}
	}
	return false
}

// whole writes all of io in one attribute. It reports whether it did.
func (w *spanWriter) whole(f fact, io record.IO, output bool) bool {
	if !w.wants(f) {
		return false
	}
	w.wholeAs(facts[f].key, io, conventional(output))
	return true
}

// conventional returns the function that writes messages in the GenAI conventions'
// form.
func conventional(output bool) func([]byte, []record.Message) []byte {
	if output {
		return appendOutputMessages
	}
	return appendInputMessages
}

func (w *spanWriter) wholeAs(key string, io record.IO, messages func([]byte, []record.Message) []byte) (mimeType string) {
	if text, ok := plain(io); ok {
		w.text(key, text)
		return textType
	}
	w.json(key, func(dst []byte) []byte { return appendWhole(dst, io, messages) })
	return jsonType
}

// ioValue writes io as a whole, for viewers that show it unchanged. It uses
// OpenInference's name or, if no other attribute has the content, this package's.
func (w *spanWriter) ioValue(value, typ fact, own string, io record.IO, output, said bool) {
	switch {
	case w.wants(value):
		mimeType := w.wholeAs(facts[value].key, io, appendChat)
		w.say(typ, mimeType)
	case !w.openInference && !said:
		w.wholeAs(own, io, conventional(output))
	}
}
