// Package peer tells whose process is at the other end of a connection within
// this machine. A port of the loopback interface is open to every user, and
// only the system knows which of them has connected.
package peer

import (
	"net"
	"net/netip"
	"slices"
)

// Whose says who has the other end of a connection.
type Whose int

// The answers.
const (
	// Unknown: it is on another machine, or the system does not say.
	Unknown Whose = iota
	// Own is a process of the user that this process runs as.
	Own
	// Other is a process of another user, be it root.
	Other
	// Gone: its process has closed the connection, and whose it was is not
	// known any more.
	Gone
)

// Of asks the system about a connection. It takes some system calls: ask once
// for each connection, and soon, before its process can go away.
func Of(conn net.Conn) Whose {
	here, ok := address(conn.LocalAddr())
	if !ok {
		return Unknown
	}
	there, ok := address(conn.RemoteAddr())
	if !ok || !onThisMachine(here.Addr(), there.Addr()) {
		return Unknown
	}
	return owner(here, there)
}

// address returns an IPv4 address as one, also where a socket for both kinds
// calls it ::ffff:127.0.0.1.
func address(a net.Addr) (netip.AddrPort, bool) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	p := tcp.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port()), p.IsValid()
}

// onThisMachine reports whether an address that has connected to another one
// of this machine is of this machine too.
func onThisMachine(here, there netip.Addr) bool {
	if there.IsLoopback() || there == here {
		return true
	}
	all, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(all, func(a net.Addr) bool {
		p, ok := a.(*net.IPNet)
		return ok && p.IP.Equal(there.WithZone("").AsSlice())
	})
}
