package transfertoken

import (
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
)

// maxRefusedWrites bounds the memory of a refusedWrites, to a few megabytes.
const maxRefusedWrites = 50_000

// refusedWrites remembers for which tokens the writes of Authorize failed because
// the store is read-only, so that they are not tried at every use. The zero
// refusedWrites remembers none. It is safe for concurrent use.
type refusedWrites struct {
	mu sync.Mutex
	at map[uuid.UUID]time.Time
}

// holdBack reports whether the writes for a token failed less than interval ago. A
// time that is later than now is one of a wrong clock.
func (w *refusedWrites) holdBack(id uuid.UUID, now time.Time, interval time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, ok := w.at[id]
	return ok && !now.Before(at) && now.Before(at.Add(interval))
}

// note remembers the token if err is ErrReadOnly. When there are too many tokens it
// forgets all.
func (w *refusedWrites) note(err error, id uuid.UUID, now time.Time) {
	if !errors.Is(err, ErrReadOnly) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at == nil || len(w.at) >= maxRefusedWrites {
		w.at = make(map[uuid.UUID]time.Time)
	}
	w.at[id] = now
}

// writeInterval returns the time between two attempts to write for a token while
// the store is read-only.
func (c *core) writeInterval() time.Duration {
	if c.touchInterval < 0 {
		return defaultTouchInterval
	}
	return c.touchInterval
}
