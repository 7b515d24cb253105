package mutllm

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/layer"
)

// open returns the call for req, and the request to send. The call is nil if req is not
// to be recorded; the request is then usually req.
func (o Options) open(req *http.Request) (*call, *http.Request) {
	ctx := req.Context()
	if req.Method != http.MethodPost || req.URL == nil {
		return nil, req
	}
	if c := redirected(req); c != nil {
		return c, c.attempt(req, false)
	}
	read := genai.Recognise(req.URL)
	if read == nil || genai.Marked(ctx) && !layer.Lends(ctx, layer.Call) || !mutagent.Enabled(ctx) {
		return nil, req
	}
	body, sent := look(req)
	known := body != nil && read.Request(body) || body == nil && read.Form() && isForm(req)
	if !known && !read.Other() {
		return nil, sent
	}
	return o.begin(sent, read, body)
}

// isForm reports whether the body is or contains a file, and is not read. AWS's SDK
// declares JSON as an octet stream, so that type may be either.
func isForm(req *http.Request) bool {
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	sort, _, _ := strings.Cut(media, "/")
	return sort == "multipart" || sort == "audio" || sort == "video" || sort == "image"
}

// maxUnrewound is how much is read ahead of a body without GetBody.
const maxUnrewound = 1 << 20

// look returns an excerpt of the body of req, or nil, and a request with the whole
// body: req itself, unless the body had to be read ahead.
func look(req *http.Request) (*genai.Excerpt, *http.Request) {
	e := new(genai.Excerpt)
	switch {
	case req.Body == nil || req.Header.Get("Content-Encoding") != "" || isForm(req):
	case req.GetBody != nil:
		if again(req, e) {
			return e, req
		}
	case strings.EqualFold(req.Header.Get("Expect"), "100-continue"): // the server has not asked for it yet
	case 0 < req.ContentLength && req.ContentLength <= maxUnrewound:
		sent := req.WithContext(req.Context())
		if ahead(sent, e) {
			return e, sent
		}
		return nil, sent
	}
	return nil, req
}

// again reads the body from GetBody. In some libraries GetBody rewinds and returns the
// same reader each time, so it is called once more to rewind the request's own body. A
// panic of GetBody is caught: without tracing it might never be called.
func again(req *http.Request, w io.Writer) (whole bool) {
	defer func() { whole = recover() == nil && whole }()
	body, err := req.GetBody()
	if err != nil {
		return false
	}
	if body == nil {
		return false
	}
	_, err = io.Copy(w, body)
	_ = body.Close()
	if body, errAgain := req.GetBody(); errAgain == nil && body != nil {
		_ = body.Close()
	}
	return err == nil
}

// ahead reads the body if all of it arrives at once. The request's body then has the
// rest, and the error if there was one.
func ahead(req *http.Request, w io.Writer) bool {
	body := readAhead(req.Body, req.ContentLength)
	req.Body = body
	text := body.text()
	if int64(len(text)) < req.ContentLength {
		return false
	}
	_, err := w.Write(text)
	return err == nil
}

// A joined reads from one place and closes another.
type joined struct {
	io.Reader
	io.Closer
}

const usageOption = `{"stream_options":{"include_usage":true},`

// includeUsage adds the option to a body, which is a non-empty JSON object without
// leading space.
func includeUsage(req *http.Request) {
	add := func(body io.ReadCloser) io.ReadCloser {
		return &joined{io.MultiReader(bytes.NewReader([]byte(usageOption)), &skipping{body, 1}), body}
	}
	if get := req.GetBody; get != nil {
		req.GetBody = func() (io.ReadCloser, error) {
			body, err := get()
			if err != nil || body == nil {
				return body, err
			}
			return add(body), nil
		}
	}
	req.Body = add(req.Body)
	if req.ContentLength >= 0 {
		req.ContentLength += int64(len(usageOption) - 1)
	}
}

// A skipping reader skips the first n bytes.
type skipping struct {
	io.Reader
	n int64
}

func (s *skipping) Read(p []byte) (int, error) {
	if s.n > 0 {
		skipped, err := io.CopyN(io.Discard, s.Reader, s.n)
		if s.n -= skipped; err != nil {
			return 0, err
		}
	}
	return s.Reader.Read(p)
}
