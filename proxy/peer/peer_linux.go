package peer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// socket is what the kernel says of a socket.
type socket struct {
	state uint8 // TCP_ESTABLISHED and so on (net/tcp_states.h)
	uid   uint32
	inode uint32 // 0 when no process has it open
}

// errNoSocket: the kernel knows no connection with those ends.
var errNoSocket = errors.New("no such socket")

// owner looks the other end's socket up: by netlink, which goes to the one
// entry; and in the table of all where that is not allowed, or not built in.
func owner(here, there netip.AddrPort) Whose {
	s, err := diagnose(here, there)
	if err != nil {
		s, err = find(here, there, "/proc/net/tcp", "/proc/net/tcp6")
	}
	if err != nil {
		return Unknown
	}
	return s.whose(os.Geteuid())
}

// whose judges a socket. Of one that its process has closed kernels before
// 6.17 say that it is root's.
func (s socket) whose(self int) Whose {
	const established = 1
	switch {
	case s.inode == 0 && s.uid == 0 && s.state != established:
		return Gone
	case int64(s.uid) == int64(self):
		return Own
	}
	return Other
}

// Lengths of the messages of sock_diag(7): struct nlmsghdr, inet_diag_req_v2
// and inet_diag_msg.
const (
	headerLen = 16
	askLen    = headerLen + 56
	answerLen = headerLen + 72
)

// diagnose asks by NETLINK_INET_DIAG for the socket that is at there and
// connected to here.
func diagnose(here, there netip.AddrPort) (socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_INET_DIAG)
	if err != nil {
		return socket{}, fmt.Errorf("open netlink: %w", err)
	}
	defer func() { _ = unix.Close(fd) }()
	// The kernel answers within Sendto. The limit is for what only calls itself Linux.
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1}); err != nil {
		return socket{}, fmt.Errorf("bound the wait for netlink: %w", err)
	}
	if err := unix.Sendto(fd, question(here, there, device(there)), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return socket{}, fmt.Errorf("ask netlink: %w", err)
	}
	buf := make([]byte, 512)
	n, _, err := unix.Recvfrom(fd, buf, 0)
	if err != nil {
		return socket{}, fmt.Errorf("hear netlink: %w", err)
	}
	return answer(buf[:n], here, there)
}

// device is the interface that the connection goes over. Without it the kernel
// does not find a socket that is bound to one, and that any process may do.
func device(there netip.AddrPort) int {
	const loopback = 1 // the first that each network namespace gets; traffic within a machine goes over it
	if zone := there.Addr().Zone(); zone != "" {
		if i, err := net.InterfaceByName(zone); err == nil {
			return i.Index
		}
		if i, err := strconv.Atoi(zone); err == nil {
			return i
		}
	}
	return loopback
}

func question(here, there netip.AddrPort, device int) []byte {
	m, host := make([]byte, askLen), binary.NativeEndian
	host.PutUint32(m, askLen)
	host.PutUint16(m[4:], unix.SOCK_DIAG_BY_FAMILY)
	host.PutUint16(m[6:], unix.NLM_F_REQUEST)
	q := m[headerLen:]
	q[0], q[1] = unix.AF_INET6, unix.IPPROTO_TCP
	if there.Addr().Is4() {
		q[0] = unix.AF_INET
	}
	host.PutUint32(q[4:], ^uint32(0)) // in any state
	id := q[8:]
	binary.BigEndian.PutUint16(id, there.Port())
	binary.BigEndian.PutUint16(id[2:], here.Port())
	copy(id[4:20], there.Addr().AsSlice())
	copy(id[20:36], here.Addr().AsSlice())
	host.PutUint32(id[36:], uint32(device))
	host.PutUint64(id[40:], ^uint64(0)) // no cookie
	return m
}

// answer reads what netlink says. When there is no such connection the kernel
// may name a listening socket at there, which is somebody else's.
func answer(m []byte, here, there netip.AddrPort) (socket, error) {
	host := binary.NativeEndian
	if len(m) < headerLen+4 {
		return socket{}, fmt.Errorf("netlink: an answer of %d bytes", len(m))
	}
	if host.Uint16(m[4:]) == unix.NLMSG_ERROR {
		e := syscall.Errno(-int32(host.Uint32(m[headerLen:])))
		if e == unix.ENOENT {
			return socket{}, errNoSocket
		}
		return socket{}, fmt.Errorf("netlink: %w", e)
	}
	if len(m) < answerLen || host.Uint16(m[4:]) != unix.SOCK_DIAG_BY_FAMILY {
		return socket{}, fmt.Errorf("netlink: an answer of %d bytes, type %d", len(m), host.Uint16(m[4:]))
	}
	d := m[headerLen:]
	id, length := d[4:], 4
	if d[0] == unix.AF_INET6 {
		length = 16
	}
	src, _ := netip.AddrFromSlice(id[4 : 4+length])
	dst, _ := netip.AddrFromSlice(id[20 : 20+length])
	if src.Unmap() != there.Addr().WithZone("") || dst.Unmap() != here.Addr().WithZone("") ||
		binary.BigEndian.Uint16(id) != there.Port() || binary.BigEndian.Uint16(id[2:]) != here.Port() {
		return socket{}, errNoSocket
	}
	return socket{state: d[1], uid: host.Uint32(d[64:]), inode: host.Uint32(d[68:])}, nil
}
