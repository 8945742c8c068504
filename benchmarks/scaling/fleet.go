package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// fleet is the instances of one step.
type fleet []*member

type member struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// launch starts n instances and waits until they are ready.
func launch(ctx context.Context, n int, j job) (fleet, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var f fleet
	for range n {
		m, err := start(ctx, self, string(text))
		if err != nil {
			return nil, errors.Join(err, f.end())
		}
		f = append(f, m)
	}
	if _, err := f.answers(); err != nil {
		return nil, errors.Join(err, f.end())
	}
	return f, nil
}

func start(ctx context.Context, self, job string) (*member, error) {
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), jobVariable+"="+job)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &member{cmd, in, bufio.NewReader(out)}, cmd.Start()
}

func (f fleet) pids() (pids []int) {
	for _, m := range f {
		pids = append(pids, m.cmd.Process.Pid)
	}
	return pids
}

// work lets all instances work and returns their tallies.
func (f fleet) work() ([]tally, error) {
	for _, m := range f {
		if _, err := io.WriteString(m.in, "work\n"); err != nil {
			return nil, err
		}
	}
	return f.answers()
}

func (f fleet) answers() ([]tally, error) {
	tallies := make([]tally, len(f))
	for i, m := range f {
		line, err := m.out.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("an instance ended early: %w", err)
		}
		if err := json.Unmarshal(line, &tallies[i]); err != nil {
			return nil, err
		}
		if failed := tallies[i].Failed; failed != "" {
			return nil, fmt.Errorf("an instance failed: %s", failed)
		}
	}
	return tallies, nil
}

// end lets all instances end.
func (f fleet) end() error {
	var errs []error
	for _, m := range f {
		errs = append(errs, m.in.Close())
	}
	for _, m := range f {
		errs = append(errs, m.cmd.Wait())
	}
	return errors.Join(errs...)
}
