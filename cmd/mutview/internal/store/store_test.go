package store

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

func openTest(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func add(t testing.TB, s *Store, spans ...*trace.Span) {
	t.Helper()
	if err := s.Add(context.Background(), spans, nil); err != nil {
		t.Fatal(err)
	}
}

// stores says where a store may keep its traces. A build with the tag postgres adds
// PostgreSQL.
var stores = map[string]func(*testing.T) (at string){
	"file":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "a b?.db") },
	"memory": func(*testing.T) string { return "" },
}

// all runs f with a store of each kind.
func all(t *testing.T, f func(t *testing.T, s *Store)) {
	for name, at := range stores {
		t.Run(name, func(t *testing.T) { f(t, openTest(t, at(t))) })
	}
}

const base = trace.Time(1_770_000_000_000_000_000)

func span(traceID, id, parent string, from, to int) *trace.Span {
	s := &trace.Span{TraceID: traceID, SpanID: id, ParentID: parent, Name: "span " + id, Start: base + trace.Time(from)*1e6}
	if to > 0 {
		s.End = base + trace.Time(to)*1e6
	}
	s.Attributes = trace.Attrs{}
	return s
}

func TestSummary(t *testing.T) {
	all(t, func(t *testing.T, s *Store) {
		root := span("t1", "a", "", 0, 100)
		root.Attributes["mutagent.span.kind"] = "agent"
		root.Attributes["gen_ai.usage.input_tokens"] = 30 // an agent that repeats the usage of its calls
		root.Attributes["session.id"] = "s1"
		call := span("t1", "b", "a", 10, 50)
		call.Attributes["gen_ai.usage.input_tokens"] = int64(30)
		call.Attributes["gen_ai.usage.output_tokens"] = int64(7)
		call.Attributes["gen_ai.request.model"] = "gpt-4o"
		failed := span("t1", "c", "a", 60, 120)
		failed.Status = trace.Error
		add(t, s, failed, call, root)

		got, err := s.Trace(context.Background(), "t1")
		if err != nil {
			t.Fatal(err)
		}
		if got.Name != "span a" || got.Kind != "agent" || got.Spans != 3 || got.Errors != 1 || got.Session != "s1" {
			t.Errorf("summary is %+v", got)
		}
		if got.InputTokens != 30 || got.OutputTokens != 7 {
			t.Errorf("tokens %d, %d; want 30, 7: those of the leaves, counted once", got.InputTokens, got.OutputTokens)
		}
		if got.Start != base || got.End != base+120e6 {
			t.Errorf("from %d to %d", got.Start-base, got.End-base)
		}
	})
}

func TestRepeatsAreMerged(t *testing.T) {
	whole := func() *trace.Span {
		s := span("t1", "a", "", 0, 100)
		s.Output, s.Status = []byte(`"done"`), trace.OK
		return s
	}
	open := func() *trace.Span { return span("t1", "a", "", 0, 0) }
	addendum := func() *trace.Span {
		s := span("t1", "a", "", 0, 0)
		s.Name, s.Events = "", []trace.Event{{Name: "late", Time: base + 200e6}}
		return s
	}
	for i, order := range [][]func() *trace.Span{
		{open, whole, addendum}, {whole, open, addendum}, {addendum, whole, open}, {addendum, open, whole, whole, addendum},
	} {
		all(t, func(t *testing.T, s *Store) {
			for _, one := range order {
				add(t, s, one())
			}
			got, err := s.Span(context.Background(), "t1", "a")
			if err != nil {
				t.Fatal(err)
			}
			if got.End == 0 || got.Status != trace.OK || string(got.Output) != `"done"` || len(got.Events) != 1 || got.Name != "span a" {
				t.Errorf("order %d: %+v", i, got)
			}
			if sum, _ := s.Trace(context.Background(), "t1"); sum.Spans != 1 || sum.Open != 0 {
				t.Errorf("order %d: %+v", i, sum)
			}
		})
	}
}

func TestListGoesOnAtTheCursor(t *testing.T) {
	all(t, func(t *testing.T, s *Store) {
		for i := range 7 {
			add(t, s, span(fmt.Sprint("t", i), "a", "", i/2, 100)) // some start at the same time
		}
		var all []string
		f := Filter{Limit: 2}
		for {
			list, next, err := s.Traces(context.Background(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range list {
				all = append(all, one.TraceID)
			}
			if f.Cursor = next; next == "" {
				break
			}
		}
		if got, want := fmt.Sprint(all), "[t6 t5 t4 t3 t2 t1 t0]"; got != want {
			t.Errorf("listed %s, want %s", got, want)
		}
		if _, _, err := s.Traces(context.Background(), Filter{Cursor: "x"}); err != ErrCursor {
			t.Errorf("a wrong cursor gives %v", err)
		}
	})
}

func TestSearch(t *testing.T) {
	all(t, func(t *testing.T, s *Store) {
		a := span("t1", "a", "", 0, 1)
		a.Input = []byte(`"{\"messages\":[{\"role\":\"user\",\"content\":\"Where is the Eiffel tower?\"}]}"`)
		b := span("t2", "b", "", 0, 1)
		b.Attributes["gen_ai.request.model"] = "claude-sonnet-4-5"
		b.Attributes["place"] = "Café de l'Étoile, 日本橋"
		many := ""
		for i := range 2 * maxWords { // too many words to be named
			many += fmt.Sprintf(" number%d", i)
		}
		a.Attributes["many"] = many
		add(t, s, a, b)
		if err := s.Add(context.Background(), nil, []*trace.Log{{TraceID: "t2", SpanID: "b", Body: "retrying upstream"}}); err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]string{
			"eiffel": "[t1]", "eiff": "[t1]", "tower eiffel": "[t1]", `"eiffel tower"`: "[t1]", `"tower eiffel"`: "[]",
			"claude-sonnet": "[t2]", "upstream": "[t2]", "nothing": "[]", `a" OR b`: "[]", "*": "[]", "content:x": "[]",
			"EIFF": "[t1]", "tower?": "[t1]", "eiffel towe": "[t1]", "eiffel-towe": "[t1]", "eiffel-owe": "[]", `"eiffel towe"`: "[]", "sonnet-4": "[t2]", "sonnet_4": "[t2]",
			"cafe": "[t2]", "caf": "[t2]", "café": "[t2]", "étoi": "[t2]", "日本": "[t2]", "日本x": "[]", "number": "[t1]", "number19": "[t1]", "n": "[t1]", "numbers": "[]",
			"sonnet number": "[]", "a\x00b": "[]", "eiffel\x01": "[t1]",
		} {
			eventually(t, s)
			list, _, err := s.Traces(context.Background(), Filter{Text: text})
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			ids := []string{}
			for _, one := range list {
				ids = append(ids, one.TraceID)
			}
			if fmt.Sprint(ids) != want {
				t.Errorf("%q finds %v, want %s", text, ids, want)
			}
		}
		for text, want := range map[string]string{"upstream": "[b]", "upstr": "[b]", "claude": "[b]", "eiffel": "[]", "number": "[]"} {
			if ids, err := s.SpansWith(context.Background(), "t2", text); err != nil || fmt.Sprint(ids) != want {
				t.Errorf("%q in the trace: %v, %v", text, ids, err)
			}
		}
	})
}

// A file of the previous version is migrated to this version without loss.
func TestFileOfVersion1(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	s, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	a := span("t1", "a", "", 0, 1)
	a.Attributes["place"] = "Eiffel"
	add(t, s, a)
	eventually(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := (&sqlite{file}).open(1, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`DROP INDEX trace_list; DROP INDEX trace_sessions; DROP TABLE word; CREATE INDEX trace_start ON trace (start_ns, id);
		CREATE INDEX trace_session ON trace (session, start_ns) WHERE session <> ''; PRAGMA user_version = 1`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for range 2 {
		if s, err = Open(file); err != nil {
			t.Fatal(err)
		}
		if list, _, err := s.Traces(context.Background(), Filter{Text: "eiff"}); err != nil || len(list) != 1 {
			t.Error(list, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if db, err = (&sqlite{file}).open(1, false); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var version int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil || version != schemaVersion {
		t.Error(version, err)
	}
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); err == nil || !strings.Contains(err.Error(), "newer mutview") {
		t.Error(err)
	}
}

// eventually waits until the index is complete.
func eventually(t *testing.T, s *Store) {
	t.Helper()
	look := time.NewTicker(time.Millisecond) // the writer indexes when it is idle, and sends no notification
	defer look.Stop()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-look.C {
		if ok, err := s.indexed(); err != nil {
			t.Fatal(err)
		} else if ok {
			return
		}
	}
	t.Fatal("the index is behind after ten seconds")
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := openTest(t, path)
	add(t, s, span("t1", "a", "", 0, 1))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Add(context.Background(), nil, nil); err != ErrClosed {
		t.Errorf("after Close: %v", err)
	}
	if got, err := openTest(t, path).Trace(context.Background(), "t1"); err != nil || got.Spans != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestListenersHearOfChanges(t *testing.T) {
	s := openTest(t, "")
	l := s.Listen()
	defer l.Close()
	add(t, s, span("t1", "a", "", 0, 1))
	<-l.C
	if ids, more := l.Take(); fmt.Sprint(ids) != "[t1]" || more {
		t.Errorf("heard of %v, %v", ids, more)
	}
}

func TestRetention(t *testing.T) {
	all(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		for i := range 250 {
			old := span(fmt.Sprint("t", i), "a", "", 0, 1) // an old trace that has only now arrived
			old.Input = []byte(`"` + strings.Repeat("x", 4000) + `"`)
			add(t, s, old)
		}
		if n, err := s.Retain(ctx, time.Hour, 0); n != 0 || err != nil {
			t.Errorf("deleted %d that arrived just now, %v", n, err)
		}
		n, err := s.Retain(ctx, 0, 600_000)
		if _, isFile := s.in.(*sqlite); isFile && (n == 0 || n == 250 || err != nil) {
			t.Errorf("deleted %d to come down to a size, %v", n, err)
		} else if !isFile && (n != 0 || err != nil) {
			t.Errorf("deleted %d for a size that nobody knows, %v", n, err)
		}
		if _, err := s.Trace(ctx, "t0"); n > 0 && err != ErrNotFound {
			t.Errorf("the oldest is still here: %v", err)
		}
		if _, err := s.Trace(ctx, "t249"); err != nil {
			t.Errorf("the newest is gone: %v", err)
		}
		free := []*trace.Log{{Time: base, Body: "nobody's"}, {Time: trace.At(time.Now().Add(time.Hour)), Body: "kept"}}
		if err := s.Add(ctx, nil, free); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Retain(ctx, time.Hour, 0); n != 1 || err != nil {
			t.Errorf("deleted %d log records without a trace, %v", n, err)
		}
		if logs, err := s.Logs(ctx, "", 0, 10); len(logs) != 1 || logs[0].Body != "kept" {
			t.Errorf("%d log records are left, %v", len(logs), err)
		}
		if n, err := s.Retain(ctx, time.Nanosecond, 0); n == 0 || err != nil {
			t.Errorf("deleted %d, %v", n, err)
		}
		if list, _, err := s.Traces(ctx, Filter{Text: "xxx"}); len(list) != 0 || err != nil {
			t.Errorf("%d are still found, %v", len(list), err)
		}
	})
}

func TestDelete(t *testing.T) { all(t, testDelete) }

func testDelete(t *testing.T, s *Store) {
	add(t, s, span("t1", "a", "", 0, 1), span("t2", "a", "", 0, 1))
	if err := s.Delete(context.Background(), "t1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(context.Background(), "t1"); err != ErrNotFound {
		t.Error(err)
	}
	add(t, s, span("t1", "b", "", 0, 1)) // the span may arrive again
	if got, err := s.Trace(context.Background(), "t1"); err != nil || got.Spans != 1 {
		t.Error(got, err)
	}
}

func TestSessions(t *testing.T) { all(t, testSessions) }

func testSessions(t *testing.T, s *Store) {
	for i, words := range []string{"second", "first", "third"} {
		one := span(fmt.Sprint("t", i), "a", "", []int{10, 0, 20}[i], 30)
		one.Attributes["session.id"], one.Attributes["input.value"] = "s1", words
		one.Attributes["gen_ai.usage.input_tokens"] = int64(2)
		add(t, s, one)
	}
	other := span("t9", "a", "", 100, 200)
	other.Attributes["session.id"], other.Status = "s2", trace.Error
	add(t, s, other, span("t8", "a", "", 0, 1))
	list, err := s.Sessions(context.Background())
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	if got := list[0]; got.ID != "s2" || got.Errors != 1 || got.Traces != 1 {
		t.Errorf("%+v", got)
	}
	if got := list[1]; got.ID != "s1" || got.Traces != 3 || got.Input != "first" || got.InputTokens != 6 || got.First != base || got.Last != base+20e6 {
		t.Errorf("%+v", got)
	}
}
