package genai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go/internal/redact"
)

// TestSplitter covers the cases of the HTML standard, and deviations of servers.
func TestSplitter(t *testing.T) {
	for name, c := range map[string]struct {
		stream string
		want   []string
	}{
		"one":               {"data: a\n\n", []string{":a"}},
		"named":             {"event: e\ndata: a\n\n", []string{"e:a"}},
		"name comes after":  {"data: a\nevent: e\n\n", []string{"e:a"}},
		"name is forgotten": {"event: e\ndata: a\n\ndata: b\n\n", []string{"e:a", ":b"}},
		"several lines":     {"data: a\ndata:b\ndata:  c\n\n", []string{":a\nb\n c"}},
		"empty data":        {"data\n\ndata:\ndata\n\n", []string{":", ":\n"}},
		"no data":           {"event: e\n\n: comment\n\nid: 1\nretry: 10\n\ndata: a\n\n", []string{":a"}},
		"comments":          {": comment\ndata: a\n:\n:data: b\n\n", []string{":a"}},
		"byte order mark":   {"\uFEFFdata: a\n\n", []string{":a"}},
		"no last line":      {"data: a\n\ndata: b", []string{":a", ":b"}},
		"no last empty":     {"data: a\n\ndata: b\n", []string{":a", ":b"}},
		"unknown fields":    {"dat: x\ndata2: x\nsome-very-long-name-of-a-field: x\ndata: a\n\n", []string{":a"}},
		"empty lines":       {"\n\n\ndata: a\n\n\n\n", []string{":a"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, end := range []string{"\n", "\r\n", "\r"} {
				stream := strings.ReplaceAll(c.stream, "\n", end)
				for i := range len(stream) + 1 {
					var got []string
					s := splitter{emit: func(name, data []byte) { got = append(got, string(name)+":"+string(data)) }}
					s.Write([]byte(stream[:i]))
					s.Write([]byte(stream[i:]))
					s.Close()
					assert.Equal(t, c.want, got, "%q, split at %d", stream, i)
				}
			}
		})
	}
}

// TestLongEvent checks that an event above the limit becomes an excerpt with all its
// short values.
func TestLongEvent(t *testing.T) {
	picture := strings.Repeat("QUJD", maxEvent)
	c := begun(t, 1, "text/event-stream")
	stream := `data: {"type":"response.completed","response":{"status":"completed","output":[{"type":"image_generation_call","result":"` +
		picture + `","output_format":"png"}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}}` + "\n\n"
	for len(stream) > 0 {
		n := min(len(stream), 1000)
		c.Write([]byte(stream[:n]))
		stream = stream[n:]
	}
	assert.True(t, c.Done())
	assert.Equal(t, "input 1 output 2 total 3", c.Usage.String())
	assert.Equal(t, []Part{{Type: "blob", MIMEType: "image/png", Size: int64(len(picture)) / 4 * 3}}, c.Output().Messages[0].Parts)
	assert.False(t, c.Cut, "a picture is no loss")
}

// TestEndlessStream checks that the kept output is bounded.
func TestEndlessStream(t *testing.T) {
	c := begun(t, 0, "text/event-stream")
	for i := 0; i < 3*maxText; i += 1000 {
		c.Write([]byte(`data: {"choices":[{"delta":{"content":"` + strings.Repeat("é", 500) + `"}}]}` + "\n\n"))
	}
	c.Write([]byte(`data: {"usage":{"total_tokens":7}}` + "\n\n"))
	text := c.Output().Messages[0].Parts[0].Content
	assert.Greater(t, len(text), maxText-redact.Overhang-1000)
	assert.LessOrEqual(t, len(text), maxText-redact.Overhang, "a secret that is cut in two does not stay")
	assert.Equal(t, "", strings.Trim(text, "é"), "no character is cut in two")
	assert.True(t, c.Cut)
	assert.EqualValues(t, 7, c.Usage.Total)
}
