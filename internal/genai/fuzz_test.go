package genai

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var addresses = []string{
	"https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1/responses", "https://api.openai.com/v1/images/edits",
	"https://api.openai.com/v1/audio/transcriptions", "https://api.anthropic.com/v1/messages",
	"https://generativelanguage.googleapis.com/v1beta/models/gemini:streamGenerateContent", "http://localhost:11434/api/chat",
	"https://api.openai.com/v1/embeddings", "https://api.openai.com/v1/moderations", "http://localhost:11434/api/generate",
	"https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse", "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke",
	"https://api.cohere.com/v1/chat", "https://api.cohere.com/v2/chat", "https://generativelanguage.googleapis.com/v1beta/interactions",
	"https://api.cohere.com/v2/rerank", "https://api.mistral.ai/v1/ocr", "https://us.ml.cloud.ibm.com/ml/v1/text/generation", "https://api.openai.com/v1/whatever",
	"https://api.aleph-alpha.com/complete", "https://api.cloudflare.com/client/v4/accounts/a/ai/run/@cf/m", "http://tgi:8080/generate_stream",
	"https://api.portkey.ai/v1/prompts/p/completions", "https://api.mistral.ai/v1/conversations", "https://api.voyageai.com/v1/multimodalembeddings",
}

func begun(t *testing.T, address int, contentType string) *Call {
	t.Helper()
	u, err := url.Parse(addresses[address%len(addresses)])
	require.NoError(t, err)
	c := Recognise(u)
	c.Answer(contentType)
	return c
}

// FuzzAnswer checks that the result does not depend on where the answer is split, nor
// on twins and their frames, and that no input causes a panic.
func FuzzAnswer(f *testing.F) {
	for _, e := range examples(f) {
		for i := range addresses {
			f.Add([]byte(e.answer), uint8(i), uint16(len(e.answer)/2))
		}
	}
	for _, pair := range [][2]string{ // pairs of events that are nearly alike
		{`{"choices":[{"delta":{"content":"a"}}],"sequence_number":1}`, `{"choices":[{"delta":{"content":"b"}}],"sequence_number":}`},
		{`{"message":{"content":"a","tool_calls":[{"function":{"name":"f"}}]}}`, `{"message":{"content":"b","tool_calls":[{"function":{"name":"f"}}]}}`},
		{`{"choices":[{"delta":{"content":"a"}}],"obfuscation":"x"}`, `{"choices":[{"delta":{"content":"b"}}],"obfuscation":"\""}`},
		{`{"choices":[{"delta":{"content":"a"}}]}`, `{"choices":[{"delta":{"content":"\"b\u00e9\\"}}]}`},
		{`{"choices":[{"delta":{"content":"index"},"index":0}]}`, `{"choices":[{"delta":{"content":"b"},"index":0}]}`},
	} {
		for i := range addresses {
			// The first event begins a piece, the second extends it.
			f.Add([]byte("data: "+pair[0]+"\n\ndata: "+pair[0]+"\n\ndata: "+pair[1]+"\n\n"), uint8(i), uint16(20))
			f.Add([]byte(pair[0]+"\n"+pair[0]+"\n"+pair[1]+"\n"), uint8(i), uint16(20))
			f.Add([]byte("\uFEFFevent: e\r\ndata: "+pair[0]+"\r\n\r\nevent: e\r\ndata: "+pair[0]+"\r\n\r\nevent: e\r\ndata: "+pair[1]+"\r\n\r\n"), uint8(i), uint16(20))
			f.Add([]byte(strings.Repeat("data: "+pair[0]+"\n\n", 2)+"data: "+strings.Replace(pair[0], `"a"`, `""`, 1)+"\n\ndata: "+pair[1]+"\n\n"), uint8(i), uint16(len(pair[0])+30))
			f.Add([]byte("data: "+pair[0]+"\rid: 1\r\rdata: "+pair[0]+"\r\r\ndata: "+pair[1]+"\r\r"), uint8(i), uint16(20))
		}
	}
	f.Fuzz(func(t *testing.T, answer []byte, address uint8, at uint16) {
		for _, contentType := range []string{"text/event-stream", "application/x-ndjson", "application/json"} {
			whole := begun(t, int(address), contentType)
			whole.Write(answer)
			whole.Close()
			assert.False(t, whole.reader.broken)
			want := said(whole)

			n := min(int(at), len(answer))
			split := begun(t, int(address), contentType)
			split.Write(answer[:n])
			split.Write(answer[n:])
			split.Close()
			assert.Equal(t, want, said(split))

			parsed := begun(t, int(address), contentType)
			if parsed.reader.events != nil {
				parsed.reader.events.take = nil
				parsed.reader.events.emit = func(name, data []byte) {
					parsed.reader.twin.forget()
					parsed.event(name, data)
				}
			}
			parsed.Write(answer)
			parsed.Close()
			assert.Equal(t, want, said(parsed))
		}
	})
}

func FuzzRequest(f *testing.F) {
	for _, e := range examples(f) {
		for i := range addresses {
			f.Add([]byte(e.request), uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, request []byte, address uint8) {
		var x Excerpt
		_, _ = x.Write(request)
		c := begun(t, int(address), "application/json")
		if c.Request(&x) {
			if c.Tools != nil {
				assert.True(t, json.Valid(c.Tools) || !json.Valid(request))
			}
		}
		c.Refused(request)
	})
}

// FuzzExcerpt checks that an excerpt of JSON is JSON, and does not depend on where the
// text is split.
func FuzzExcerpt(f *testing.F) {
	long := strings.Repeat("QUJD", 2000)
	f.Add(`{"a":"`+long+`","b":[1,2,[3.5e-1,"\"x\\"],{"c":"\u00e9"}]}`, uint16(4200), true)
	f.Add(`["`+strings.Repeat(`\\`, 3000)+`"]`, uint16(2), false)
	f.Add(`["`+strings.Repeat(`\u00e9`, 1000)+`",[ -1 , 2 ]]`, uint16(2), true)
	f.Fuzz(func(t *testing.T, text string, at uint16, noNumbers bool) {
		for _, kept := range []int{0, maxText - 300, maxText} {
			whole, split := Excerpt{noNumbers: noNumbers, kept: kept}, Excerpt{noNumbers: noNumbers, kept: kept}
			_, _ = whole.Write([]byte(text))
			n := min(int(at), len(text))
			_, _ = split.Write([]byte(text[:n]))
			_, _ = split.Write([]byte(text[n:]))
			assert.Equal(t, string(whole.Bytes()), string(split.Bytes()))
			assert.Equal(t, whole.Cut, split.Cut)
			if json.Valid([]byte(text)) {
				assert.True(t, json.Valid(whole.Bytes()), "%s", whole.Bytes())
			}
		}
	})
}
