package mutest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Golden compares [Recorder.Tree] with the file at path, usually
// "testdata/<name>.tree", and fails the test if they differ. If the environment
// variable MUTEST_UPDATE is true, it writes the file instead:
//
//	MUTEST_UPDATE=1 go test ./...
//
// It panics if the Recorder was not created by [New].
func (r *Recorder) Golden(path string) {
	if r.tb == nil {
		panic("mutest: Golden on a Recorder that New did not make")
	}
	r.tb.Helper()
	got := r.Tree()
	if update, _ := strconv.ParseBool(os.Getenv("MUTEST_UPDATE")); update {
		r.check(write(path, got))
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		r.tb.Errorf("mutest: %v; MUTEST_UPDATE=1 writes it", err)
		return
	}
	want := strings.ReplaceAll(string(text), "\r\n", "\n") // a checkout on Windows
	if got != want {
		r.tb.Errorf("mutest: the tree is not that of %s; MUTEST_UPDATE=1 accepts it.\n%s", path, difference(got, want))
	}
}

func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// difference shows got, and where want is not the same.
func difference(got, want string) string {
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(want, "\n")
	n := 0
	for n < min(len(gotLines), len(wantLines)) && gotLines[n] == wantLines[n] {
		n++
	}
	return "line " + strconv.Itoa(n+1) +
		"\n got: " + strings.Join(gotLines[n:min(n+1, len(gotLines))], "") +
		"\nwant: " + strings.Join(wantLines[n:min(n+1, len(wantLines))], "") +
		"\n\nthe whole tree:\n" + got
}
