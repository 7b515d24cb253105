package genai

import (
	"time"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// Sale returns the facts that determine the price of the call. began is when the call
// began.
func (c *Call) Sale(began time.Time) *price.Call {
	used, asked := c.Usage.Usage, c.Asked
	if c.Provider == "aws.bedrock" && c.named != "" { // the path takes precedence over the body
		asked = c.named
	}
	if u := &c.Usage; u.billedInput+u.billedOutput > 0 {
		used.Input, used.Output, used.CacheRead = u.billedInput, u.billedOutput, 0
	}
	return &price.Call{
		Host:     c.address,
		Path:     c.path,
		Provider: c.Provider,
		Asked:    asked,
		Model:    geminiName(c.Model),
		Time:     began,
		Usage:    used,
	}
}
