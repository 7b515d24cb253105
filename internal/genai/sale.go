package genai

import (
	"time"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// Sale returns what the price of the call depends on, which began at a time.
func (c *Call) Sale(began time.Time) *price.Call {
	return &price.Call{
		Host:     c.address,
		Path:     c.path,
		Provider: c.Provider,
		Asked:    c.Asked,
		Model:    c.Model,
		Time:     began,
		Usage:    c.Usage.Usage,
	}
}
