package mutagent_test

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// TestMain lets the test binary be one of programs. They run in main's
// goroutine, and before anything of package testing does.
func TestMain(m *testing.M) {
	if name := os.Getenv("MUTAGENT_TEST_PROGRAM"); name != "" {
		programs[name]()
		return
	}
	os.Exit(m.Run())
}

// child runs one of programs in a process of its own, against r.
func child(t *testing.T, r *receiver, name string, env ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := program(t, r, name)
	cmd.Env = append(cmd.Env, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func program(t *testing.T, r *receiver, name string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "MUTAGENT_TEST_PROGRAM="+name, "MUTAGENT_API_KEY=mt_child", "MUTAGENT_ENDPOINT="+r.URL)
	return cmd
}
