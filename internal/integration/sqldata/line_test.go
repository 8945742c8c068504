package sqldata_test

import (
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// The directions of a line.
const (
	up   = iota // from the client to the server
	down        // from the server to the client
)

// bytesPassed is a number of bytes in each direction.
type bytesPassed [2]int64

// A line passes TCP connections on to a server, counts the bytes, and does something when a byte has passed.
type line struct {
	listener net.Listener

	mu     sync.Mutex
	idle   sync.Cond // open has become 0
	open   int       // connections
	server string
	passed bytesPassed
	conns  map[net.Conn]bool
	event  *event
}

// An event is something to do when so many bytes have passed in a direction. No other byte passes in that direction
// before do has returned.
type event struct {
	direction int
	after     int64
	do        func()
}

func newLine(t testing.TB) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &line{listener: listener, conns: make(map[net.Conn]bool)}
	l.idle.L = &l.mu
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			l.mu.Lock()
			l.open++
			l.mu.Unlock()
			go func() {
				l.connect(client)
				l.mu.Lock()
				defer l.mu.Unlock()
				l.open--
				l.idle.Broadcast()
			}()
		}
	})
	t.Cleanup(func() {
		listener.Close()
		accepting.Wait()
		l.cut(false)
		l.wait()
	})
	return l
}

// wait returns when no connection is open.
func (l *line) wait() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.open > 0 {
		l.idle.Wait()
	}
}

func (l *line) url() string { return "http://" + l.listener.Addr().String() }

// reset leads new connections to a server, sets the counts to 0, and sets the event. A nil event is none.
func (l *line) reset(server string, e *event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.server, l.passed, l.event = server, bytesPassed{}, e
}

func (l *line) count() bytesPassed {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.passed
}

// cut ends all connections. If hard is true, both ends see a reset and lose what was not read yet.
func (l *line) cut(hard bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.conns {
		if hard {
			_ = conn.(*net.TCPConn).SetLinger(0)
		}
		conn.Close()
	}
}

func (l *line) connect(client net.Conn) {
	defer client.Close()
	l.mu.Lock()
	address := l.server
	l.mu.Unlock()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	l.mu.Lock()
	l.conns[client], l.conns[server] = true, true
	l.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { l.pass(up, server, client) })
	both.Go(func() { l.pass(down, client, server) })
	both.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, client)
	delete(l.conns, server)
}

func (l *line) pass(direction int, to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		for rest := buffer[:n]; len(rest) > 0; {
			part, do := l.next(direction, rest)
			if _, err := to.Write(part); err != nil {
				return
			}
			if do != nil {
				do()
			}
			rest = rest[len(part):]
		}
		if err != nil {
			return
		}
	}
}

// next counts the bytes up to the event, and returns them and what is to be done then.
func (l *line) next(direction int, bytes []byte) (part []byte, do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.event; e != nil && e.direction == direction && l.passed[direction]+int64(len(bytes)) >= e.after {
		bytes, do = bytes[:e.after-l.passed[direction]], e.do
		l.event = nil
	}
	l.passed[direction] += int64(len(bytes))
	return bytes, do
}
