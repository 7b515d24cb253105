package freeze

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// LogValuers, valid and invalid ones.
type (
	secret  struct{}              // returns a text instead of itself
	forever struct{}              // returns itself
	spiral  struct{}              // returns a group that contains itself
	bush    struct{}              // returns a group that contains itself twice: 2⁶⁴ values in 64 levels
	inline  struct{}              // returns a group that contains itself under an empty key
	lazy    func() slog.Value     // returns the result of the function
	pair    struct{ a, b string } // returns a group
)

func (secret) LogValue() slog.Value  { return slog.StringValue("***") }
func (forever) LogValue() slog.Value { return slog.AnyValue(forever{}) }
func (spiral) LogValue() slog.Value  { return slog.GroupValue(slog.Any("in", spiral{})) }
func (bush) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("l", bush{}), slog.Any("r", bush{}))
}
func (inline) LogValue() slog.Value { return slog.GroupValue(slog.Int("n", 1), slog.Any("", inline{})) }
func (f lazy) LogValue() slog.Value { return f() }
func (p pair) LogValue() slog.Value {
	return slog.GroupValue(slog.String("a", p.a), slog.String("b", p.b))
}

// show formats frozen attributes as key=value, key:JSON and key{members}. It fails on a
// value that is not frozen.
func show(t *testing.T, attrs []slog.Attr) string {
	var words []string
	for _, a := range attrs {
		switch v := a.Value; v.Kind() {
		case slog.KindGroup:
			words = append(words, a.Key+"{"+show(t, v.Group())+"}")
		case slog.KindAny:
			require.IsType(t, JSON(""), v.Any(), "%s is not frozen", a.Key)
			words = append(words, fmt.Sprintf("%s:%s", a.Key, v.Any()))
		case slog.KindLogValuer:
			require.Fail(t, "not frozen", "%s is still a LogValuer", a.Key)
		default:
			words = append(words, a.String())
		}
	}
	return strings.Join(words, " ")
}

func TestAttrs(t *testing.T) {
	attr := func(a ...slog.Attr) []slog.Attr { return a }
	at := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	tests := map[string]struct {
		give []slog.Attr
		want string
	}{
		"none":                       {nil, ""},
		"basic kinds":                {attr(slog.String("s", "x"), slog.Int("i", -1), slog.Uint64("u", 1), slog.Float64("f", .5), slog.Bool("b", true)), "s=x i=-1 u=1 f=0.5 b=true"},
		"time and duration":          {attr(slog.Time("t", at), slog.Duration("d", time.Second)), "t=2026-11-23 09:30:00 +0000 UTC d=1s"},
		"any of a basic type":        {attr(slog.Any("i", 7), slog.Any("s", "x")), "i=7 s=x"},
		"any is encoded":             {attr(slog.Any("m", map[string]int{"a": 1}), slog.Any("nil", nil)), `m:{"a":1} nil:null`},
		"JSON stays":                 {attr(slog.Any("j", JSON(`[1]`))), `j:[1]`},
		"error is its text":          {attr(slog.Any("err", fmt.Errorf("read: %w", io.EOF))), "err=read: EOF"},
		"error with JSON of its own": {attr(slog.Any("err", errorWithJSON{})), `err:{"code":7}`},
		"nil error pointer":          {attr(slog.Any("err", (*nilError)(nil))), "err=<nil>"},
		"nil pointer":                {attr(slog.Any("p", (*node)(nil))), "p:null"},
		"joined errors":              {attr(slog.Any("err", errors.Join(io.EOF, io.ErrNoProgress))), "err=EOF\nmultiple Read calls return no data or error"},

		"the empty Attr":            {attr(slog.Attr{}, slog.Int("i", 1), slog.Attr{}), "i=1"},
		"empty key":                 {attr(slog.Int("", 1)), "=1"},
		"group":                     {attr(slog.Group("g", "a", 1, slog.Group("h", "b", 2))), "g{a=1 h{b=2}}"},
		"empty group":               {attr(slog.Group("g"), slog.Int("i", 1)), "i=1"},
		"group of empty groups":     {attr(slog.Group("g", slog.Group("h", slog.Group("i")))), ""},
		"group of the empty Attr":   {attr(slog.Group("g", slog.Attr{})), ""},
		"group without key":         {attr(slog.Group("", "a", 1), slog.Int("b", 2)), "a=1 b=2"},
		"group without key, nested": {attr(slog.Group("g", slog.Group("", "a", slog.GroupValue(slog.Int("b", 1))))), "g{a{b=1}}"},

		"LogValuer":                {attr(slog.Any("password", secret{})), "password=***"},
		"LogValuer of a group":     {attr(slog.Any("p", pair{"x", "y"})), "p{a=x b=y}"},
		"LogValuer inlined":        {attr(slog.Any("", pair{"x", "y"})), "a=x b=y"},
		"LogValuer in a group":     {attr(slog.Group("g", "password", secret{})), "g{password=***}"},
		"LogValuer of a LogValuer": {attr(slog.Any("l", lazy(func() slog.Value { return slog.AnyValue(pair{"x", "y"}) }))), "l{a=x b=y}"},
		"LogValuer of an error":    {attr(slog.Any("l", lazy(func() slog.Value { return slog.AnyValue(io.EOF) }))), "l=EOF"},
		"LogValuer of a map":       {attr(slog.Any("l", lazy(func() slog.Value { return slog.AnyValue(map[string]int{"a": 1}) }))), `l:{"a":1}`},
		"LogValuer of nothing":     {attr(slog.Any("", lazy(func() slog.Value { return slog.Value{} })), slog.Int("i", 1)), "i=1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			frozen, _ := Attrs(nil, tt.give)
			require.Equal(t, tt.want, show(t, frozen))
		})
	}
}

// TestLogValuersThatFail checks that a text says what was wrong, and that the cost of a
// recursive LogValuer is bounded.
func TestLogValuersThatFail(t *testing.T) {
	const tooMany = "!ERROR: too many groups in groups"
	for _, tt := range []struct {
		give slog.LogValuer
		want string
	}{
		{panickyLog{}, "LogValue panicked"},
		{forever{}, "LogValue called too many times"},
		{spiral{}, tooMany},
		{bush{}, tooMany},
		{inline{}, tooMany},
	} {
		t.Run(fmt.Sprintf("%T", tt.give), func(t *testing.T) {
			frozen, size := Attr(nil, slog.Any("v", tt.give))
			require.Contains(t, show(t, frozen), tt.want)
			require.Less(t, size, 16<<20)
		})
	}
}

func TestLargestGroup(t *testing.T) {
	members := make([]slog.Attr, maxMembers+1)
	for i := range members {
		members[i] = slog.Int("n", i)
	}
	frozen, _ := Attr(nil, slog.Attr{Key: "g", Value: slog.GroupValue(members[:maxMembers]...)})
	require.Len(t, frozen[0].Value.Group(), maxMembers, "a large group is still a group")

	frozen, _ = Attrs(nil, []slog.Attr{{Key: "g", Value: slog.GroupValue(members...)}, slog.Group("h", "a", 1)})
	require.Equal(t, "g=!ERROR: too many groups in groups h{a=1}", show(t, frozen), "one attribute does not cost the next one its members")
}

// TestSize checks that the size is not less than the bytes that are kept, because the
// limit of a span uses it.
func TestSize(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for name, tt := range map[string]struct {
		give slog.Attr
		want int // at least
	}{
		"text":             {slog.String("k", long), 1001},
		"long key":         {slog.Int(long, 1), 1000},
		"JSON":             {slog.Any("k", []string{long}), 1005},
		"error":            {slog.Any("k", errors.New(long)), 1001},
		"group":            {slog.Group(long, long, long, "k", []string{long}), 4000},
		"group in a group": {slog.Group("g", slog.Group("h", "k", long)), 1003},
		"inlined group":    {slog.Group("", "k", long), 1001},
		"LogValuer":        {slog.Any("k", pair{long, long}), 2000},
	} {
		t.Run(name, func(t *testing.T) {
			_, size := Attr(nil, tt.give)
			require.GreaterOrEqual(t, size, tt.want)
			require.Less(t, size, tt.want+100, "and not much more")
		})
	}
	_, size := Attrs(nil, []slog.Attr{{}, slog.Group("g"), slog.Group("g", slog.Attr{})})
	require.Zero(t, size, "what is left out weighs nothing")
}

func TestAttrsKeepsWhatWasThere(t *testing.T) {
	dst := []slog.Attr{slog.Int("a", 1)}
	dst, _ = Attrs(dst, []slog.Attr{slog.Group("", "b", 2), slog.Group("g"), slog.Int("c", 3)})
	require.Equal(t, "a=1 b=2 c=3", show(t, dst))
}

// TestLaterChanges checks that the program may change its values from any goroutine as
// soon as they were frozen. With -race it also finds a reference that is only read.
func TestLaterChanges(t *testing.T) {
	m := map[string]any{"k": "before"}
	list := []string{"before"}
	n := &node{Name: "before"}
	raw := json.RawMessage(`"before"`)
	members := []slog.Attr{slog.String("k", "before"), slog.Any("m", m)}
	give := []slog.Attr{
		slog.Any("m", m),
		slog.Any("list", list),
		slog.Any("n", n),
		slog.Any("raw", raw),
		slog.Any("err", &nilError{"before"}),
		{Key: "g", Value: slog.GroupValue(members...)},
	}
	frozen, _ := Attrs(nil, give)

	var wg sync.WaitGroup
	wg.Go(func() {
		m["k"] = "after"
		delete(m, "k")
		list[0] = "after"
		n.Name, n.Next = "after", n
		copy(raw, `"AFTER!"`)
		give[4].Value.Any().(*nilError).text = "after"
		members[0], members[1] = slog.String("k", "after"), slog.Attr{}
		give[0] = slog.Attr{}
	})
	got := show(t, frozen)
	wg.Wait()
	require.Equal(t, `m:{"k":"before"} list:["before"] n:{"Name":"before","Next":null} raw:"before" err=before g{k=before m:{"k":"before"}}`, got)
	require.Equal(t, got, show(t, frozen), "the same after the changes as during them")
}

func TestBasicKindsAllocateNothing(t *testing.T) {
	give := []slog.Attr{slog.String("s", "x"), slog.Int("i", 1), slog.Float64("f", 2), slog.Bool("b", true), slog.Duration("d", 3), slog.Time("t", time.Now())}
	dst := make([]slog.Attr, 0, len(give))
	allocs := testing.AllocsPerRun(100, func() { dst, _ = Attrs(dst[:0], give) })
	require.Zero(t, allocs)
}
