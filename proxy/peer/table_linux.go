package peer

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
)

// find looks the socket that is at there and connected to here up in the
// tables of proc_pid_net(5). An IPv6 socket may be at an IPv4 address.
func find(here, there netip.AddrPort, tables ...string) (socket, error) {
	wanted := [][]byte{ends(here, there, netip.Addr.AsSlice)}
	if there.Addr().Is4() {
		wanted = append(wanted, ends(here, there, func(a netip.Addr) []byte { b := a.As16(); return b[:] }))
	}
	var failed []error
	for _, name := range tables {
		s, err := scan(name, wanted)
		if err == nil {
			return s, nil
		}
		failed = append(failed, err)
	}
	return socket{}, errors.Join(failed...)
}

// ends writes a connection as the tables do, seen from the other end:
// "0100007F:1F2B 0100007F:D2F4". Addresses are words of the machine's own byte
// order, ports are plain.
func ends(here, there netip.AddrPort, in func(netip.Addr) []byte) []byte {
	var text []byte
	for i, p := range []netip.AddrPort{there, here} {
		if i > 0 {
			text = append(text, ' ')
		}
		for b := in(p.Addr()); len(b) >= 4; b = b[4:] {
			text = fmt.Appendf(text, "%08X", binary.NativeEndian.Uint32(b))
		}
		text = fmt.Appendf(text, ":%04X", p.Port())
	}
	return append(text, ' ')
}

func scan(name string, wanted [][]byte) (socket, error) {
	f, err := os.Open(name)
	if err != nil {
		return socket{}, fmt.Errorf("read the connections: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		for _, w := range wanted {
			if bytes.Contains(lines.Bytes(), w) {
				return row(lines.Text())
			}
		}
	}
	if err := lines.Err(); err != nil {
		return socket{}, fmt.Errorf("read the connections: %w", err)
	}
	return socket{}, errNoSocket
}

// row reads a line of the table: number, both ends, state, queues, timers,
// retransmissions, user, timeouts, inode.
func row(line string) (socket, error) {
	const state, uid, inode = 3, 7, 9
	var s socket
	f := bytes.Fields([]byte(line))
	if len(f) <= inode {
		return s, fmt.Errorf("read the connections: %q has %d fields", line, len(f))
	}
	var bad [3]error
	number := func(i, field, base, bits int) uint32 {
		n, err := strconv.ParseUint(string(f[field]), base, bits)
		bad[i] = err
		return uint32(n)
	}
	s.state, s.uid, s.inode = uint8(number(0, state, 16, 8)), number(1, uid, 10, 32), number(2, inode, 10, 32)
	if err := errors.Join(bad[:]...); err != nil {
		return s, fmt.Errorf("read the connections: %q: %w", line, err)
	}
	return s, nil
}
