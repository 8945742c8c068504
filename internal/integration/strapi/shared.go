package strapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shared is the Node process that runs the commands of RunShared. Its zero value has none.
var shared struct {
	sync.Mutex
	dir     string
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers *bufio.Reader
	stderr  *bytes.Buffer // may be read when the process has ended
}

// RunShared is Run, but in a Node process that all tests share and in which Strapi's modules are
// loaded already, which is several times as fast. app/commands.js says what differs from a
// process of its own. Commands of several tests wait for each other.
func (p *Project) RunShared(t testing.TB, args ...string) Result {
	t.Helper()
	packages := packages(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.cmd == nil {
		require.NoError(t, startShared(packages))
	}
	result, err := askShared(p.Dir, args)
	if err != nil {
		stopShared()
		require.NoError(t, err, "%v: %s", args, shared.stderr)
	}
	return result
}

func startShared(packages string) error {
	dir, err := os.MkdirTemp("", "strapi-commands-")
	if err != nil {
		return err
	}
	p := &Project{Dir: dir}
	if err := p.create(packages); err != nil {
		return err
	}
	answers, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer theirs.Close()
	cmd := exec.Command("node", "commands.js")
	cmd.Dir, cmd.Env = dir, p.environment()
	cmd.ExtraFiles = []*os.File{theirs}
	stderr := new(bytes.Buffer)
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	shared.dir, shared.cmd, shared.stdin, shared.stderr = dir, cmd, stdin, stderr
	shared.answers = bufio.NewReader(answers)
	return nil
}

// askShared runs one command. After an error the process is of no use any more.
func askShared(dir string, args []string) (Result, error) {
	request, err := json.Marshal(map[string]any{"dir": dir, "args": args})
	if err != nil {
		return Result{}, err
	}
	limit := time.AfterFunc(commandTimeout, func() { shared.cmd.Process.Kill() })
	defer limit.Stop()
	if _, err := shared.stdin.Write(append(request, '\n')); err != nil {
		return Result{}, err
	}
	line, err := shared.answers.ReadBytes('\n')
	if err != nil {
		return Result{}, fmt.Errorf("strapi: the shared process has ended, or was ended after %v: %w", commandTimeout, err)
	}
	var result Result
	return result, json.Unmarshal(line, &result)
}

// stopShared ends the process and removes its folder.
func stopShared() {
	if shared.cmd == nil {
		return
	}
	shared.stdin.Close()
	shared.cmd.Process.Kill()
	shared.cmd.Wait()
	os.RemoveAll(shared.dir)
	shared.cmd = nil
}
