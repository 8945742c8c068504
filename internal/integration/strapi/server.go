package strapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The secrets of the transfer tokens that every Server has.
const (
	PushToken = "push-token-of-the-integration-tests"
	PullToken = "pull-token-of-the-integration-tests"
	FullToken = "full-token-of-the-integration-tests"
)

// Server is a project that serves on a loopback port.
type Server struct {
	URL string // of the admin API, without a slash at its end: transfers go there

	cmd   *exec.Cmd
	stdin io.Closer
	once  sync.Once
	done  chan struct{} // closed when the process has ended
}

// Start serves the project until Stop, Kill or the end of the test.
func (p *Project) Start(t testing.TB) *Server {
	t.Helper()
	s, err := p.start()
	require.NoError(t, err)
	t.Cleanup(s.Kill)
	return s
}

// start serves the project until Stop or Kill.
func (p *Project) start() (*Server, error) {
	starts <- struct{}{}
	defer func() { <-starts }()
	tokens, err := json.Marshal([]map[string]any{
		{"name": "push", "permissions": []string{"push"}, "accessKey": PushToken},
		{"name": "pull", "permissions": []string{"pull"}, "accessKey": PullToken},
		{"name": "full", "permissions": []string{"push", "pull"}, "accessKey": FullToken},
	})
	if err != nil {
		return nil, err
	}

	s := &Server{done: make(chan struct{})}
	s.cmd = exec.Command("node", "instance.js", "serve")
	s.cmd.Dir = p.Dir
	s.cmd.Env = p.environment("TOKENS=" + string(tokens))
	var stderr bytes.Buffer
	s.cmd.Stderr = &stderr
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}

	port, err := readPort(stdout)
	go func() {
		io.Copy(io.Discard, stdout)
		s.cmd.Wait()
		close(s.done)
	}()
	if err != nil {
		s.Kill()
		return nil, fmt.Errorf("%w\n%s", err, stderr.String())
	}
	s.URL = fmt.Sprintf("http://127.0.0.1:%d/admin", port)
	return s, nil
}

// Stop lets the server end by itself, so that its database is whole and at rest.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.once.Do(func() { s.stdin.Close() })
	select {
	case <-s.done:
	case <-time.After(commandTimeout):
		s.Kill()
		require.Fail(t, "Strapi does not stop")
	}
}

// Kill ends the process at once.
func (s *Server) Kill() {
	s.cmd.Process.Kill()
	<-s.done
}

// readPort returns the port of the first line that is a JSON object with one.
func readPort(r io.Reader) (int, error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var started struct{ Port int }
		if strings.HasPrefix(lines.Text(), "{") && json.Unmarshal(lines.Bytes(), &started) == nil && started.Port != 0 {
			return started.Port, nil
		}
	}
	return 0, fmt.Errorf("the server of Strapi ended before it served: %w", io.ErrUnexpectedEOF)
}
