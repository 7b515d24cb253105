package mutllm_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// An answer that breaks off, at whatever byte, is a span, and the caller has every
// byte that came.
func TestTruncated(t *testing.T) {
	files, err := filepath.Glob("../internal/genai/testdata/*.txt")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 50)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			url, request, contentType, answer := example(string(text))
			rec := mutest.New(t)
			ctx := rec.Context(t.Context())
			for n := range len(answer) {
				broken := io.MultiReader(strings.NewReader(answer[:n]), iotest.ErrReader(io.ErrUnexpectedEOF))
				base := &canned{status: 200, contentType: contentType, body: broken}
				req := post(t, ctx, url, request)
				if request == "" {
					req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
				}
				resp, err := (&mutllm.Transport{Base: base}).RoundTrip(req)
				require.NoError(t, err)
				got, err := io.ReadAll(resp.Body)
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
				require.Equal(t, answer[:n], string(got))
				require.NoError(t, resp.Body.Close())
			}
			assert.Len(t, rec.Spans(), len(answer))
		})
	}
}

// example returns the sections of an example file.
func example(text string) (url, request, contentType, answer string) {
	for _, section := range strings.Split("\n"+text, "\n-- ")[1:] {
		name, body, _ := strings.Cut(section, " --\n")
		switch {
		case name == "url":
			url = body
		case name == "request":
			request = body
		case strings.HasPrefix(name, "answer "):
			contentType, answer = strings.TrimPrefix(name, "answer "), body
		}
	}
	return url, request, contentType, answer
}
