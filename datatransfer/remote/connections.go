package remote

import (
	"sync"

	"github.com/google/uuid"
)

// connections counts the connections of a handler.
type connections struct {
	mu      sync.Mutex
	total   int
	byToken map[uuid.UUID]int
}

// take counts one more connection of a token, unless that exceeds a limit. release takes it back.
func (c *connections) take(token uuid.UUID, limits HandlerLimits) (release func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if limits.Connections > 0 && c.total >= limits.Connections ||
		limits.PerToken > 0 && c.byToken[token] >= limits.PerToken {
		return nil, false
	}
	if c.byToken == nil {
		c.byToken = make(map[uuid.UUID]int)
	}
	c.total++
	c.byToken[token]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.total--
		if c.byToken[token]--; c.byToken[token] == 0 {
			delete(c.byToken, token)
		}
	}, true
}
