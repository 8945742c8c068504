package login

import (
	"net/netip"
	"sync"
	"time"
)

const (
	maxAttempts    = 5
	attemptsWindow = time.Minute
)

// throttle lets each network try a few times a minute. Behind a proxy all clients are
// one network, and the proxy should count instead.
type throttle struct {
	mu       sync.Mutex
	begun    time.Time
	attempts map[netip.Prefix]int
}

// try counts an attempt before its outcome is known, so that it also counts many at
// once.
func (t *throttle) try(remote string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); now.Sub(t.begun) >= attemptsWindow {
		t.begun, t.attempts = now, map[netip.Prefix]int{}
	}
	who := network(remote)
	t.attempts[who]++
	return t.attempts[who] <= maxAttempts
}

func (t *throttle) forget(remote string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.attempts, network(remote))
}

// network returns the network of one customer of a provider: one IPv4 address, or
// 2⁶⁴ IPv6 addresses.
func network(remote string) netip.Prefix {
	addr, _ := netip.ParseAddrPort(remote)
	ip := addr.Addr().Unmap()
	prefix, _ := ip.Prefix(min(ip.BitLen(), 64))
	return prefix
}
