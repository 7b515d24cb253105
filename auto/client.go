package auto

import (
	"net/http"

	"github.com/mutagent-io/mutagent-go/mutllm"
)

// Client returns a copy of c whose model calls are traced.
func Client(c *http.Client) *http.Client {
	if c == nil {
		return nil
	}
	traced := *c
	traced.Transport = &mutllm.Transport{Base: c.Transport}
	return &traced
}

// MadeClient is like [Client], for functions that create clients.
func MadeClient(c *http.Client, err error) (*http.Client, error) { return Client(c), err }
