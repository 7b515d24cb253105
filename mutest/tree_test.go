package mutest_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// record makes a trace in which everything occurs that a tree can show, each step
// a millisecond after the one before.
func record(t *testing.T, rec *mutest.Recorder) {
	log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	step := func() { time.Sleep(time.Millisecond) } // in a bubble

	ctx, agent := mutagent.StartSpan(rec.Context(t.Context()), mutagent.SpanOptions{
		Kind: mutagent.KindAgent, Name: "support-agent",
		Input:      mutagent.IO{Text: "Where is\nmy order?"},
		Attributes: []slog.Attr{slog.String("user", "Ada L."), slog.Group("order", "id", 7, "open", true)},
	})
	log.InfoContext(ctx, "picked a tool", "tool", "orders")
	step()

	_, search := mutagent.StartSpan(ctx, mutagent.SpanOptions{
		Kind: mutagent.KindRetrieval, Name: "search", Input: mutagent.IO{Messages: []mutagent.Message{
			{Role: "user", Parts: []mutagent.Part{{Content: "Like this?"}, {URI: "https://example.com/cat.png"}, {Type: "blob"}}},
			{Role: "tool", Parts: []mutagent.Part{{ID: "call_1", Response: map[string]string{"state": "sent"}}}},
		}},
	})
	step()
	search.End(mutagent.EndOptions{Output: mutagent.IO{Documents: []mutagent.Document{
		{ID: "kb-1", Content: strings.Repeat("Parcels ", 20), Score: 0.915},
	}}})

	toolCtx, tool := mutagent.StartSpan(ctx, mutagent.SpanOptions{
		Kind: mutagent.KindTool, Name: "orders", Input: mutagent.IO{Raw: map[string]any{"id": 7, "html": "<b>"}},
	})
	_, http := mutagent.StartSpan(toolCtx, mutagent.SpanOptions{Name: "GET /orders/7"})
	step()
	http.SetStatus(mutagent.StatusError, "connection reset")
	http.End(mutagent.EndOptions{})
	tool.End(mutagent.EndOptions{Err: errors.New("order 7: connection reset")})

	conversation := []mutagent.Message{{Role: "system", Content: "Be brief."}}
	for range 7 {
		conversation = append(conversation, mutagent.Message{Role: "user", Content: "Again?"})
	}
	chatCtx, chat := mutagent.StartSpan(ctx, mutagent.SpanOptions{
		Kind: mutagent.KindLLMChat, Name: "chat gpt-4o", Input: mutagent.IO{Messages: conversation},
	})
	step()
	log.WarnContext(chatCtx, "slow", "note", "")
	chat.AddEvent("first token")
	chat.End(mutagent.EndOptions{
		Output: mutagent.IO{Messages: []mutagent.Message{{
			Role: "assistant", Content: "Let me see.", FinishReason: "tool_call",
			Parts: []mutagent.Part{{Name: "orders", Arguments: map[string]int{"id": 7}}},
		}}},
		Metrics: mutagent.Metrics{
			Model: "gpt-4o", InputTokens: 150, OutputTokens: 50, CachedInputTokens: 100, ReasoningTokens: 20,
			CostUSD: 0.0012, TimeToFirstToken: 300 * time.Microsecond,
		},
	})
	agent.End(mutagent.EndOptions{Output: mutagent.IO{Text: "It arrives on Friday."}})

	func() {
		defer func() { _ = recover() }()
		_, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindChain, "nightly")
		defer end()
		panic("boom")
	}()
}

func TestTree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		record(t, rec)
		rec.Golden("testdata/trace.tree")
	})
}

func TestWriteTree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		record(t, rec)
		var plain bytes.Buffer
		require.NoError(t, rec.WriteTree(&plain))
		matches(t, "testdata/durations.txt", plain.String())
		matches(t, "testdata/colours.txt", rec.ColouredTree())
	})
}

// matches compares text with a file, which it writes as Golden would.
func matches(t *testing.T, path, text string) {
	t.Helper()
	if os.Getenv("MUTEST_UPDATE") == "1" {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), text)
}

func TestWriteTreeToFile(t *testing.T) {
	t.Parallel()
	rec := mutest.New(t)
	_, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindTool, "tool")
	end()
	f, err := os.Create(t.TempDir() + "/tree.txt")
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, rec.WriteTree(f))
	text, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	assert.NotContains(t, string(text), "\x1b", "a file is no terminal")
}

func TestWriteTreeEmpty(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, new(mutest.Recorder).WriteTree(&b))
	assert.Equal(t, "no traces\n", b.String())
	assert.Empty(t, new(mutest.Recorder).Tree())
}

// Siblings are in order of their start, then of their names, then of arrival. A
// span whose parent is unknown is a root.
func TestTreeOrder(t *testing.T) {
	t.Parallel()
	rec := new(mutest.Recorder)
	span := func(id, parent, name, second string) string {
		return `{"spanId":"` + id + `","parentSpanId":"` + parent + `","name":"` + name +
			`","kind":"tool","status":"ok","startTime":"2026-11-23T09:30:0` + second + `Z"}`
	}
	post(t, rec, strings.Join([]string{
		span("5", "1", "later", "2"),
		span("9", "1", "same", "1"),
		span("3", "9", "grandchild", "1"),
		span("8", "1", "same", "1"),
		span("4", "1", "early", "1"),
		span("1", "", "root", "0"),
		span("7", "gone", "orphan", "3"),
	}, ","))
	assert.Equal(t, `tool root ok
├─ tool early ok
├─ tool same ok
│  └─ tool grandchild ok
├─ tool same ok
└─ tool later ok
tool orphan ok
`, rec.Tree())
}

// A span's text can neither command the terminal nor add lines to the tree.
func TestTreeIsSafe(t *testing.T) {
	t.Parallel()
	const evil = "\x1b[2J\a\r\n└─ forged \u009b31m\u202e\u2028\x7f\u2066"
	rec := mutest.New(t)
	log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	io := mutagent.IO{
		Text:      evil,
		Messages:  []mutagent.Message{{Role: evil, Content: evil, FinishReason: evil, Parts: []mutagent.Part{{Name: evil, Arguments: evil}, {Type: evil}}}},
		Documents: []mutagent.Document{{ID: evil, Content: evil}},
		Raw:       map[string]any{evil: evil},
	}
	ctx, span := mutagent.StartSpan(rec.Context(t.Context()), mutagent.SpanOptions{
		Kind: evil, Name: evil, Input: io, Attributes: []slog.Attr{slog.String(evil, evil), slog.Any("any", []string{evil}), slog.Group(evil, evil, 1)},
	})
	log.InfoContext(ctx, evil, evil, evil)
	span.End(mutagent.EndOptions{Err: errors.New(evil), Output: io, Metrics: mutagent.Metrics{Model: evil}})

	var written bytes.Buffer
	require.NoError(t, rec.WriteTree(&written))
	for _, tree := range []string{rec.Tree(), written.String()} {
		assert.NotRegexp(t, `[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{202e}\x{2028}\x{2066}]`, tree)
		for line := range strings.Lines(tree) {
			assert.False(t, strings.HasPrefix(line, "└"), "forged: %s", line)
		}
		assert.Equal(t, 11, strings.Count(tree, "\n"), tree)
	}
}

func TestGolden(t *testing.T) {
	path := t.TempDir() + "/testdata/tool.tree"
	golden := func(name string) []string {
		return failuresOf(t, func(tb testing.TB) {
			rec := mutest.New(tb)
			_, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindTool, name)
			end()
			rec.Golden(path)
		})
	}
	t.Setenv("MUTEST_UPDATE", "")
	failures := golden("orders")
	require.Len(t, failures, 1)
	assert.Contains(t, failures[0], "MUTEST_UPDATE=1 writes it")

	t.Setenv("MUTEST_UPDATE", "1")
	assert.Empty(t, golden("orders"))

	t.Setenv("MUTEST_UPDATE", "")
	assert.Empty(t, golden("orders"))
	assert.Equal(t, []string{"mutest: the tree is not that of " + path + "; MUTEST_UPDATE=1 accepts it.\n" +
		"line 1\n got: tool prices ok\nwant: tool orders ok\n\nthe whole tree:\ntool prices ok\n"}, golden("prices"))

	require.NoError(t, os.WriteFile(path, []byte("tool orders ok\r\n"), 0o644))
	assert.Empty(t, golden("orders"), "line ends of another system do not count")

	assert.Panics(t, func() { new(mutest.Recorder).Golden(path) })
}
