//lint:file-ignore U1000 fields that are there to be seen, not used

package freeze

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fastjson"
)

// Types that are shared between goroutines.
type (
	store struct {
		mu    sync.Mutex
		Items map[int]int
	}
	promoting struct {
		sync.RWMutex
		Items map[int]int
	}
	borrowed struct {
		mu    *sync.Mutex
		Items map[int]int
	}
	anyLock struct {
		lock  sync.Locker
		Items map[int]int
	}
	inner   struct{ store }
	byBase  struct{ *store }
	counter struct{ N atomic.Int64 }
	mailbox struct{ in chan int }
	several struct{ parts [2]store }
	ownLock struct{ spin uint32 }
	guarded struct {
		lock ownLock
		Text string
	}
	tool struct {
		Name  string
		Store *store // a pointer to a guarded struct
	}
	marked struct { // like protobuf messages
		noCopy  [0]sync.Mutex
		noCopy2 mark
		info    *store
		Text    string
	}
	mark struct{}
)

func (*ownLock) Lock()   {}
func (*ownLock) Unlock() {}
func (*mark) Lock()      {}
func (*mark) Unlock()    {}

func TestGuarded(t *testing.T) {
	s := &store{Items: map[int]int{1: 2}}
	for name, tt := range map[string]struct {
		give any
		want string
	}{
		"a lock":                   {s, `"!UNREAD: freeze.store holds a sync.Mutex"`},
		"an embedded lock":         {&promoting{}, `"!UNREAD: freeze.promoting"`},
		"a pointer to a lock":      {borrowed{mu: new(sync.Mutex)}, `"!UNREAD: freeze.borrowed holds a sync.Mutex"`},
		"a Locker":                 {anyLock{}, `"!UNREAD: freeze.anyLock holds a sync.Locker"`},
		"an embedded guarded one":  {&inner{}, `"!UNREAD: freeze.inner holds a sync.Mutex"`},
		"embedded by pointer":      {byBase{s}, `"!UNREAD: freeze.byBase holds a sync.Mutex"`},
		"an atomic":                {&counter{}, `"!UNREAD: freeze.counter holds a atomic.Int64"`},
		"a channel":                {&mailbox{}, `"!UNREAD: freeze.mailbox holds a channel"`},
		"an array of guarded ones": {&several{}, `"!UNREAD: freeze.several holds a sync.Mutex"`},
		"a lock of the program's":  {&guarded{Text: "x"}, `"!UNREAD: freeze.guarded holds a freeze.ownLock"`},
		"a sync.Map":               {new(sync.Map), `"!UNREAD: sync.Map"`},
		"nil":                      {(*store)(nil), `null`},
		"in a slice and a map":     {map[string]any{"s": []*store{s, nil}}, `{"s":["!UNREAD: freeze.store holds a sync.Mutex",null]}`},
		"beside what can be read":  {tool{"search", s}, `{"Name":"search","Store":"!UNREAD: freeze.store holds a sync.Mutex"}`},
		"marks that are no locks":  {&marked{Text: "x"}, `{"Text":"x"}`},
		"unsafe":                   {Unsafe{s}, `{"Items":{"1":2}}`},
		"unsafe within":            {[]any{Unsafe{s}, s}, `[{"Items":{"1":2}},"!UNREAD: freeze.store holds a sync.Mutex"]`},
		"unsafe in a field":        {struct{ V Unsafe }{Unsafe{s}}, `{"V":{"Items":{"1":2}}}`},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tt.want, string(Value(tt.give))) })
	}
	frozen, _ := Attrs(nil, []slog.Attr{slog.Any("s", s), slog.Any("u", Unsafe{s}), slog.Group("g", "u", Unsafe{s}, "s", s)})
	const told = `"!UNREAD: freeze.store holds a sync.Mutex"`
	require.Equal(t, `s:`+told+` u:{"Items":{"1":2}} g{u:{"Items":{"1":2}} s:`+told+`}`, show(t, frozen))
}

// TestUnsafeForOthers checks that other handlers log the value in an Unsafe.
func TestUnsafeForOthers(t *testing.T) {
	var text strings.Builder
	slog.New(slog.NewJSONHandler(&text, nil)).Info("m", "u", Unsafe{node{Name: "n"}}, "in", []any{Unsafe{1}})
	require.Contains(t, text.String(), `"u":{"Name":"n","Next":null},"in":[1]}`)
}

// deadly are cases in which encoding/json ends the process or never returns.
var deadly = map[string]func(){
	"a map that its lock guards": func() {
		s := &store{Items: map[int]int{}}
		stop := make(chan struct{})
		go func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				s.mu.Lock()
				s.Items[i%1000] = i
				s.mu.Unlock()
			}
		}()
		for range 2000 {
			Value(s)
			Attr(nil, slog.Any("store", s))
			Value(map[string]any{"deep": []any{tool{"t", s}}})
		}
		close(stop)
	},
	"a list of 3 million": func() {
		var list *node
		for range 3_000_000 {
			list = &node{"n", list}
		}
		Value(list)
	},
	"a lock that the caller holds": func() {
		v := &careful{}
		v.mu.Lock()
		defer v.mu.Unlock()
		Value(v)
		Attr(nil, slog.Any("v", v))
		ErrorText(v)
		Text(v)
	},
	"slices in each other, 100,000 deep": func() {
		v := any(1)
		for range 100_000 {
			v = []any{v}
		}
		Value(v)
	},
}

// careful takes its lock in its methods.
type careful struct{ mu sync.Mutex }

func (c *careful) MarshalJSON() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return []byte(`1`), nil
}
func (c *careful) Error() string        { c.mu.Lock(); defer c.mu.Unlock(); return "text" }
func (c *careful) LogValue() slog.Value { c.mu.Lock(); defer c.mu.Unlock(); return slog.IntValue(1) }

// TestSurvives runs each deadly case in a process of its own.
func TestSurvives(t *testing.T) {
	const variable = "FREEZE_TEST_DEADLY"
	if name := os.Getenv(variable); name != "" {
		deadly[name]()
		return
	}
	for name := range deadly {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSurvives$", "-test.timeout=30s")
			cmd.Env = append(os.Environ(), variable+"="+name)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%.3000s", out)
		})
	}
}

// TestLate checks that a late method is waited for no longer than patience, costs one
// goroutine, and does not delay the next value.
func TestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &waiting{gate: make(chan struct{})}
		began := time.Now()
		require.Equal(t, `"!TIMEOUT: MarshalJSON of *freeze.waiting"`, string(Value(v)))
		require.Equal(t, patience, time.Since(began))
		require.Equal(t, `["!TIMEOUT: MarshalJSON of *freeze.waiting",1]`, string(Value([]any{v, 1})))
		require.Equal(t, `{"!TIMEOUT: MarshalText of freeze.waitingKey":1}`, string(Value(map[waitingKey]int{{v.gate}: 1})))
		frozen, _ := Attr(nil, slog.Any("l", waitingLog(v.gate)))
		require.Equal(t, `l=!TIMEOUT: LogValue of freeze.waitingLog`, show(t, frozen))
		require.Equal(t, `!TIMEOUT: Error of freeze.waitingError`, ErrorText(waitingError{v.gate}))
		require.Equal(t, "!TIMEOUT: Error of *errors.joinError", ErrorText(errors.Join(io.EOF, waitingError{v.gate})))
		require.Equal(t, 5*patience, time.Since(began), "each type was waited for once")

		close(v.gate)
		synctest.Wait()
		require.Equal(t, `1`, string(Value(v)), "the next is asked again")
	})
}

type (
	waiting      struct{ gate chan struct{} }
	waitingKey   struct{ gate chan struct{} }
	waitingLog   chan struct{}
	waitingError struct{ gate chan struct{} }
	leaver       struct{}
	sluggish     struct{}
)

func (w *waiting) MarshalJSON() ([]byte, error)   { <-w.gate; return []byte("1"), nil }
func (w waitingKey) MarshalText() ([]byte, error) { <-w.gate; return nil, nil }
func (w waitingLog) LogValue() slog.Value         { <-w; return slog.Value{} }
func (w waitingError) Error() string              { <-w.gate; return "" }
func (leaver) MarshalJSON() ([]byte, error)       { runtime.Goexit(); return nil, nil }
func (sluggish) MarshalJSON() ([]byte, error) {
	time.Sleep(patience / 4) // the method under test is slow, on the bubble's clock
	return []byte("1"), nil
}

// TestManySluggish checks that the time limit applies to all methods of a value
// together.
func TestManySluggish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		got := string(Value(make([]sluggish, 1000)))
		require.Equal(t, patience, time.Since(began))
		require.True(t, strings.HasPrefix(got, `[1,1,1,`))
		require.Contains(t, got, `"!TIMEOUT: MarshalJSON of freeze.sluggish"]`)
		time.Sleep(time.Second) // on the bubble's clock: the late method ends, as synctest requires of all goroutines
	})
}

func TestGoexit(t *testing.T) {
	require.Equal(t, `["!PANIC: MarshalJSON of freeze.leaver: runtime.Goexit",1]`, string(Value([]any{leaver{}, 1})))
}

// TestBounds checks that endless values are cut off and give valid JSON.
func TestBounds(t *testing.T) {
	type bush struct{ L, R any }
	twins := any(1) // 2⁶⁰ values
	for range 60 {
		twins = bush{twins, twins}
	}
	long := strings.Repeat("x", 1<<20)
	repeated := make([]any, 1000)
	for i := range repeated {
		repeated[i] = long
	}
	for name, v := range map[string]any{
		"values": twins, "elements": make([]int, maxValues+1), "bytes": repeated, "byte slices": [][]byte{make([]byte, maxBytes)},
		"map": largeMap(), "text": strings.Repeat("x", maxBytes+1), "raw": json.RawMessage(`"` + strings.Repeat("x", maxBytes) + `"`),
	} {
		t.Run(name, func(t *testing.T) {
			got := Value(v)
			require.Less(t, len(got), maxBytes+2<<20)
			require.Equal(t, 1, strings.Count(string(got), "!ERROR: more than 1048576 values or 64 MiB"))
			require.True(t, json.Valid([]byte(got)))
		})
	}
}

func largeMap() any {
	m := make(map[int]struct{}, maxValues+1)
	for i := range maxValues + 1 {
		m[i] = struct{}{}
	}
	return m
}

// TestGlance checks that Glance does not read values that can change.
func TestGlance(t *testing.T) {
	m := map[string]int{"a": 1}
	give := []slog.Attr{
		slog.Int("i", 1), slog.Any("m", m), slog.Any("l", panickyLog{}), slog.Any("err", errors.New("gone")), slog.Any("nil", nil), {},
		slog.Group("g", "s", "x", "m", m), slog.Any("u", Unsafe{m}),
	}
	var got []slog.Attr
	for _, a := range give {
		got, _ = Glance(got, a)
	}
	require.Equal(t, `i=1 m=!UNREAD: map[string]int l=!UNREAD: freeze.panickyLog err=gone nil:null g{s=x m=!UNREAD: map[string]int} u:{"a":1}`, show(t, got))
}

func TestPlain(t *testing.T) {
	require.True(t, Plain([]slog.Attr{slog.Int("i", 1), slog.Group("g", "s", "x", slog.Group("h", "d", time.Second))}))
	require.False(t, Plain([]slog.Attr{slog.Group("g", "v", []int{1})}))
	require.False(t, Plain([]slog.Attr{slog.Any("l", panickyLog{})}))
}

// TestCutLetsGo checks that a short piece does not keep the long text in memory.
func TestCutLetsGo(t *testing.T) {
	var kept []string
	for range 64 {
		kept = append(kept, Cut(strings.Repeat("x", 4<<20), 100))
	}
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	require.Less(t, stats.HeapAlloc, uint64(200<<20))
	runtime.KeepAlive(kept)
}

// FuzzValueIsJSON checks that the output is always valid JSON.
func FuzzValueIsJSON(f *testing.F) {
	for seed := range uint64(32) {
		f.Add(seed)
	}
	odd := []any{make(chan int), ring(), panickyJSON{}, failingJSON{}, binaryJSON{}, brokenJSON{}, selfMap(), selfSlice(), map[panickyText]int{{}: 1}, &store{}, leaver{}, complex(1, 1), map[float64]int{1: 1}, json.Number("1.")}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		v := map[string]any{}
		for range r.IntN(6) {
			v[fmt.Sprint(r.IntN(10))] = []any{odd[r.IntN(len(odd))], randomValue(r, randomType(r, 2)).Interface(), odd[r.IntN(len(odd))]}
		}
		require.NoError(t, fastjson.Validate(string(Value(v))))
	})
}
