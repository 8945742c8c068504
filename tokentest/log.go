package tokentest

import (
	"strings"
	"sync"
)

// logWriter writes to the log of a test until it is closed: a test that has
// ended panics when something is logged.
type logWriter struct {
	mu     sync.Mutex
	tb     TB
	closed bool
}

func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.tb.Logf("tokentest server: %s", strings.TrimSuffix(string(line), "\n"))
	}
	return len(line), nil
}

func (w *logWriter) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
}
