package llmtest

import (
	"bufio"
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed testdata
var testdata embed.FS

// A Recording is a provider's response, and the request that it answers.
type Recording struct {
	Method string
	Path   string // may contain * as in [path.Match]; a pattern that ends with / matches all paths below it

	Status int
	Header http.Header
	Body   []byte
}

// Names returns the names of all recordings: "openai/chat-stream" and so on.
func Names() []string {
	files, err := fs.Glob(testdata, "testdata/*/*.http")
	if err != nil {
		panic(err) // the pattern is invalid
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(file, "testdata/"), ".http")
	}
	return files
}

// Load returns the recording with the name. It panics if there is none, or if the file
// is invalid.
func Load(name string) Recording {
	r, err := load(name)
	if err != nil {
		panic(fmt.Sprintf("llmtest: recording %q: %v", name, err))
	}
	return r
}

func load(name string) (r Recording, err error) {
	file, err := testdata.Open("testdata/" + name + ".http")
	if err != nil {
		return r, err
	}
	defer file.Close()
	in := bufio.NewReader(file)
	if _, err := fmt.Fscanf(in, "%s %s\n\n", &r.Method, &r.Path); err != nil {
		return r, fmt.Errorf("the first line is not a request: %w", err)
	}
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	r.Status, r.Header = resp.StatusCode, resp.Header
	r.Body, err = io.ReadAll(resp.Body)
	return r, err
}

// answers reports whether a provider would give this response to req.
func (r *Recording) answers(req *http.Request) bool {
	if req.Method != r.Method {
		return false
	}
	if strings.HasSuffix(r.Path, "/") {
		return strings.HasPrefix(req.URL.Path, r.Path)
	}
	matched, err := path.Match(r.Path, req.URL.Path)
	return matched && err == nil
}

// Chunks returns the body in the pieces that the provider would send: the events of an
// event stream, or the lines of NDJSON. Any other body is one piece.
func (r *Recording) Chunks() [][]byte {
	switch mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); mediaType {
	case "text/event-stream":
		if bytes.Contains(r.Body, []byte("\r\n\r\n")) {
			return split(r.Body, "\r\n\r\n")
		}
		return split(r.Body, "\n\n")
	case "application/x-ndjson":
		return split(r.Body, "\n")
	}
	return [][]byte{r.Body}
}

// split splits body, and keeps the separator at the end of each piece.
func split(body []byte, separator string) [][]byte {
	pieces := bytes.SplitAfter(body, []byte(separator))
	if last := len(pieces) - 1; len(pieces[last]) == 0 {
		pieces = pieces[:last]
	}
	return pieces
}
