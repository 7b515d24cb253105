package genai

import (
	"time"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// Sale returns what the price of the call depends on, which began at a time.
func (c *Call) Sale(began time.Time) *price.Call {
	used, asked := c.Usage.Usage, c.Asked
	if c.Provider == "aws.bedrock" && c.named != "" { // whatever the body says to the model
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
