package main

import (
	"net/netip"
	"sync"
	"time"
)

const (
	maxAttempts    = 5
	attemptsWindow = time.Minute
)

// throttle lets everyone try a few times a minute. Behind a proxy that is all
// who come through it, and better counted there.
type throttle struct {
	mu       sync.Mutex
	begun    time.Time
	attempts map[netip.Prefix]int
}

// try counts before the outcome is known, so that many attempts at once are many.
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

// network is what one customer of a provider has: an IPv4 address, or 2⁶⁴
// addresses of IPv6.
func network(remote string) netip.Prefix {
	addr, _ := netip.ParseAddrPort(remote)
	ip := addr.Addr().Unmap()
	prefix, _ := ip.Prefix(min(ip.BitLen(), 64))
	return prefix
}
