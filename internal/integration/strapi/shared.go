package strapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A commander is a Node process that runs commands one after another.
type commander struct {
	dir     string
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers *bufio.Reader
	stderr  *bytes.Buffer // may be read when the process has ended
}

// maxCommanders bounds the processes of RunShared. Strapi needs some 300 MB each.
const maxCommanders = 2

// commanders has a place for each process of RunShared, with nil for one that is not started.
var commanders = make(chan *commander, maxCommanders)

func init() {
	for range maxCommanders {
		commanders <- nil
	}
}

// RunShared is Run, but in one of two Node processes that all tests share and in which Strapi's
// modules are loaded already, which is several times as fast. app/commands.js says what differs
// from a process of its own. Commands wait until one of the processes is free.
func (p *Project) RunShared(t testing.TB, args ...string) Result {
	t.Helper()
	packages := packages(t)
	c := <-commanders
	defer func() { commanders <- c }()
	if c == nil {
		var err error
		c, err = startCommander(packages)
		require.NoError(t, err)
	}
	result, err := c.ask(p.Dir, args)
	if err != nil {
		stopped := c
		c = nil
		stopped.stop()
		require.NoError(t, err, "%v: %s", args, stopped.stderr)
	}
	return result
}

func startCommander(packages string) (*commander, error) {
	dir, err := os.MkdirTemp("", "strapi-commands-")
	if err != nil {
		return nil, err
	}
	p := &Project{Dir: dir}
	if err := p.create(packages); err != nil {
		return nil, err
	}
	answers, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := exec.Command("node", "commands.js")
	cmd.Dir, cmd.Env = dir, p.environment()
	cmd.ExtraFiles = []*os.File{theirs}
	stderr := new(bytes.Buffer)
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &commander{dir: dir, cmd: cmd, stdin: stdin, answers: bufio.NewReader(answers), stderr: stderr}, nil
}

// ask runs one command. After an error the process is of no use any more.
func (c *commander) ask(dir string, args []string) (Result, error) {
	request, err := json.Marshal(map[string]any{"dir": dir, "args": args})
	if err != nil {
		return Result{}, err
	}
	limit := time.AfterFunc(commandTimeout, func() { c.cmd.Process.Kill() })
	defer limit.Stop()
	if _, err := c.stdin.Write(append(request, '\n')); err != nil {
		return Result{}, err
	}
	line, err := c.answers.ReadBytes('\n')
	if err != nil {
		return Result{}, fmt.Errorf("strapi: the shared process has ended, or was ended after %v: %w", commandTimeout, err)
	}
	var result Result
	return result, json.Unmarshal(line, &result)
}

// stop ends the process and removes its folder.
func (c *commander) stop() {
	c.stdin.Close()
	c.cmd.Process.Kill()
	c.cmd.Wait()
	os.RemoveAll(c.dir)
}

// stopCommanders ends the processes of RunShared.
func stopCommanders() {
	for range maxCommanders {
		if c := <-commanders; c != nil {
			c.stop()
		}
	}
}
