package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
)

// A shop is the first process's handle of the second process.
type shop struct {
	url   string
	cmd   *exec.Cmd
	stdin io.Closer // the process ends when it is closed
}

// openShop starts this program a second time, and waits until it listens.
func openShop(ctx context.Context, env []string) (*shop, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "shop")
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	url, err := bufio.NewReader(stdout).ReadString('\n')
	s := &shop{strings.TrimSpace(url), cmd, stdin}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *shop) close() error { return errors.Join(s.stdin.Close(), s.cmd.Wait()) }
