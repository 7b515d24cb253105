package mutllm_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// A request to somebody else costs a look at its path.
func TestUnknownAllocs(t *testing.T) {
	rec := mutest.New(t)
	req := post(t, rec.Context(t.Context()), "http://shop.test/orders", question)
	next := func(*http.Request) (*http.Response, error) { return nil, nil }
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = mutllm.Middleware(req, next) }))
}

// A stream allocates less than once per chunk, span and delivery included.
func TestStreamAllocs(t *testing.T) {
	const chunks = 1000
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	chunk := strings.SplitAfter(streamed, "\n\n")[1]
	body := strings.Repeat(chunk, chunks)
	buf := make([]byte, len(chunk))
	allocs := testing.AllocsPerRun(5, func() {
		stream := open(t, ctx, events(strings.NewReader(body)))
		for {
			if _, err := stream.Read(buf); err == io.EOF {
				break
			}
		}
		require.NoError(t, stream.Close())
	})
	assert.Less(t, allocs, float64(chunks))
}
