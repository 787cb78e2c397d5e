package relay

import (
	"context"
	"net"
	"net/netip"
	"sync"

	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// listeners are the addresses that this process serves the model API on. A
// model that leads to one of them would ask for itself.
type listeners struct {
	mu sync.Mutex
	at map[netip.AddrPort]int // by how many listeners
}

// Own notes that a listener for this Relay has begun or ceased to listen on an
// address ("127.0.0.1:7979"). No request is sent to such a place.
func (r *Relay) Own(addr string, listening bool) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return // not a TCP listener, then
	}
	at = plain(at)
	l := &r.listeners
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil {
		l.at = map[netip.AddrPort]int{}
	}
	if listening {
		l.at[at]++
		return
	}
	if l.at[at]--; l.at[at] <= 0 {
		delete(l.at, at)
	}
}

// has reports whether a connection to an address would reach a listener.
func (l *listeners) has(to netip.AddrPort) bool {
	to = plain(to)
	l.mu.Lock()
	defer l.mu.Unlock()
	for at := range l.at {
		switch {
		case at.Port() != to.Port():
		case at == to:
			return true
		case at.Addr().IsUnspecified() && ofThisMachine(to.Addr()):
			return true
		case to.Addr().IsUnspecified() && at.Addr().IsLoopback(): // systems dial the loopback then
			return true
		}
	}
	return false
}

func plain(at netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(at.Addr().Unmap().WithZone(""), at.Port())
}

func ofThisMachine(addr netip.Addr) bool {
	if addr.IsLoopback() || addr.IsUnspecified() {
		return true
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok {
			if own, ok := netip.AddrFromSlice(n.IP); ok && own.Unmap() == addr {
				return true
			}
		}
	}
	return false
}

// Test follows the way to a provider step by step, as requests would go.
func (r *Relay) Test(ctx context.Context, target upstream.TestTarget) upstream.TestReport {
	return r.pool.Test(ctx, target)
}
