package peer

import (
	"encoding/binary"
	"net/netip"
)

// search finds a connection, seen from the other end, in a table of Windows'
// GetExtendedTcpTable: a count, and rows MIB_TCPROW_OWNER_PID or
// MIB_TCP6ROW_OWNER_PID. Ports are in network order in the first two of four
// bytes.
func search(table []byte, here, there netip.AddrPort) (pid uint32, ok bool) {
	// Offsets within a row.
	length, local, localPort, remote, remotePort, process := 24, 4, 8, 12, 16, 20
	address := 4
	if there.Addr().Is6() {
		length, local, localPort, remote, remotePort, process = 56, 0, 20, 24, 44, 52
		address = 16
	}
	if len(table) < 4 {
		return 0, false
	}
	n, table := binary.LittleEndian.Uint32(table), table[4:]
	is := func(row []byte, at, port int, p netip.AddrPort) bool {
		a, _ := netip.AddrFromSlice(row[at : at+address])
		return a == p.Addr().WithZone("") && binary.BigEndian.Uint16(row[port:]) == p.Port()
	}
	for ; n > 0 && len(table) >= length; n-- {
		row := table[:length]
		if is(row, local, localPort, there) && is(row, remote, remotePort, here) {
			return binary.LittleEndian.Uint32(row[process:]), true
		}
		table = table[length:]
	}
	return 0, false
}
