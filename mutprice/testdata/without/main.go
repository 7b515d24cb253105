// Command without is a traced program that does not know prices.
package main

import (
	"net/http"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

func main() {
	mutagent.Init(nil)
	http.DefaultClient.Transport = &mutllm.Transport{}
}
