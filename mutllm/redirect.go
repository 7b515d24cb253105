package mutllm

import (
	"context"
	"net/http"
	"time"
)

// An http.Client follows a redirect that keeps method and body, and a [Transport] sees
// both requests. They are one call: the first parks it, and the second, which names the
// response that it follows, resumes it at whatever host and path.

// redirects reports whether a client can follow resp with the same call.
func redirects(sent *http.Request, resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != "" && sent.GetBody != nil
	}
	return false
}

// redirected parks the call until its client follows resp. The caller may read resp
// first. A redirect that nobody follows is a failure, because no model answers.
func (c *call) redirected(ctx context.Context, resp *http.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.refusal = &refusal{time: time.Now(), status: resp.StatusCode, heard: true}
	c.park(ctx, place{redirect: resp}, patience(nil, 0))
}

// redirected returns the call that goes on with req, or nil.
func redirected(req *http.Request) *call {
	if req.Response == nil {
		return nil
	}
	return resume(place{redirect: req.Response})
}
