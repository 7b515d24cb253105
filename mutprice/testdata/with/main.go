// Command with is a traced program that knows prices.
package main

import (
	"net/http"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutllm"
	"github.com/mutagent-io/mutagent-go/mutprice"
)

func main() {
	mutagent.Init(nil)
	mutprice.Enable()
	http.DefaultClient.Transport = &mutllm.Transport{}
}
