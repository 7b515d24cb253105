package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/muthttp"
)

// client adds the trace context to each request.
var client = &http.Client{Transport: &muthttp.Transport{}}

// ask is the agent. It asks the shop for the status of an order.
func ask(ctx context.Context, shop string, order int) (answer string, err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
	defer end(&err)

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/orders/%d", shop, order), nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}
