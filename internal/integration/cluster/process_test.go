//go:build linux

package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// patience bounds whatever must happen for a test to go on.
const patience = 3 * time.Minute

const variable = "TRANSFERTOKEN_TEST_CLUSTER"

// need skips the test unless clusters are wanted.
func need(t testing.TB) {
	t.Helper()
	switch os.Getenv(variable) {
	case "":
		t.Skip(variable + " is not set")
	case "1", "long":
	default:
		t.Fatal(variable + " must be 1 or long")
	}
}

// rounds returns few, or many if the tests may take as long as they like.
func rounds(few, many int) int {
	if os.Getenv(variable) == "long" {
		return many
	}
	return few
}

func TestMain(m *testing.M) {
	// The driver writes every broken connection to standard error.
	mysql.SetLogger(log.New(io.Discard, "", 0))
	go fork()
	m.Run()
}

// newFolder makes a folder that a server's user may enter, and removes it when the
// test ends. It also removes those of tests that were killed.
func newFolder(t testing.TB) string {
	t.Helper()
	const pattern = "transfertoken-cluster-"
	left, err := filepath.Glob(filepath.Join(os.TempDir(), pattern+"*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range left {
		info, err := os.Stat(folder)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue // it may not be locked yet
		}
		if lock, err := lockFolder(folder); err == nil {
			_ = os.RemoveAll(folder)
			lock.Close()
		}
	}
	folder, err := os.MkdirTemp("", pattern)
	if err == nil {
		err = os.Chmod(folder, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	lock, err := lockFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
		lock.Close()
	})
	return folder
}

// lockFolder marks a folder as used until the file is closed or the process ends. It
// fails if another process uses it.
func lockFolder(folder string) (*os.File, error) {
	file, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// newPort returns a port on which nothing listens. It is below those that the system
// gives to outgoing connections, so that a server can come back to it.
func newPort() int {
	for {
		port := 15_000 + rand.IntN(17_000)
		listener, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		listener.Close()
		if _, taken := ports.LoadOrStore(port, true); !taken {
			return port
		}
	}
}

var ports sync.Map // those that newPort has returned

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// account returns the user and group IDs under which servers of the named user run.
// It is nil if the tests do not run as root.
func account(name string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	found, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(found.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(found.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

// makeFolder makes a folder that belongs to the named user.
func makeFolder(name, folder string) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	who, err := account(name)
	if err != nil || who == nil {
		return err
	}
	return os.Chown(folder, int(who.Uid), int(who.Gid))
}

// forks are the commands that fork starts.
var forks = make(chan func())

// fork starts commands on one thread that lives as long as the process: the kernel
// ends a child with the thread that started it.
func fork() {
	runtime.LockOSThread()
	for start := range forks {
		start()
	}
}

// startChild starts a command as the named user. The kernel sends it a signal when
// this process ends.
func startChild(cmd *exec.Cmd, name string, atEnd syscall.Signal) error {
	who, err := account(name)
	if err != nil {
		return err
	}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who, Pdeathsig: atEnd, Setpgid: true}
	result := make(chan error)
	forks <- func() { result <- cmd.Start() }
	return <-result
}

// run runs a command as the named user, to its end.
func run(name string, command ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	err := startChild(cmd, name, syscall.SIGKILL)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, output.String())
	}
	return output.String(), err
}

// server is a process that runs until end is called.
type server struct {
	cmd *exec.Cmd
	log string        // the path of a file
	end chan struct{} // is closed when the process has ended
}

// serve starts a server as the named user. It appends its output to log.
func serve(name, log string, atEnd syscall.Signal, command ...string) (*server, error) {
	output, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	s := &server{exec.Command(command[0], command[1:]...), log, make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = output, output
	if err := startChild(s.cmd, name, atEnd); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait()
		close(s.end)
	}()
	return s, nil
}

// stop sends a signal and waits until the server has ended. A nil server has ended.
func (s *server) stop(signal syscall.Signal) {
	if s == nil {
		return
	}
	_ = s.cmd.Process.Signal(signal)
	select {
	case <-s.end:
	case <-time.After(patience):
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) // its helpers, such as rsync
	<-s.end
}

// await calls ready until it returns nil.
func (s *server) await(ready func() error) error {
	err := poll(func() error {
		select {
		case <-s.end:
			return errStop
		default:
			return ready()
		}
	})
	if err == nil {
		return nil
	}
	text, _ := os.ReadFile(s.log)
	return fmt.Errorf("%s is not ready: %w\n%s", filepath.Base(s.cmd.Path), err, text[max(0, len(text)-6000):])
}

// errStop ends poll.
var errStop = errors.New("it has ended")

// poll calls ready until it returns nil or errStop, or patience is over.
func poll(ready func() error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		if err := ready(); err == nil || errors.Is(err, errStop) || time.Now().After(end) {
			return err
		}
	}
}
