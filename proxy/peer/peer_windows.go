package peer

import (
	"errors"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/windows"
)

// owner finds the process that has the other end in the system's table of
// connections, and compares its user with ours.
func owner(here, there netip.AddrPort) Whose {
	table, err := connections(there.Addr().Is4())
	if err != nil {
		return Unknown
	}
	pid, ok := search(table, here, there)
	if !ok {
		return Unknown
	}
	const limited = windows.PROCESS_QUERY_LIMITED_INFORMATION
	p, err := windows.OpenProcess(limited, false, pid)
	if err != nil {
		// A user may ask about each of their own processes, elevated ones too.
		if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			return Other
		}
		return Unknown // it has ended
	}
	defer func() { _ = windows.CloseHandle(p) }()
	var token windows.Token
	if err := windows.OpenProcessToken(p, windows.TOKEN_QUERY, &token); err != nil {
		return Unknown // an elevated process keeps its token to itself
	}
	defer func() { _ = token.Close() }()
	theirs, err := token.GetTokenUser()
	if err != nil {
		return Unknown
	}
	ours, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return Unknown
	}
	if windows.EqualSid(theirs.User.Sid, ours.User.Sid) {
		return Own
	}
	return Other
}

// connections is GetExtendedTcpTable. The table may grow between the question
// for its size and the one for itself.
func connections(v4 bool) ([]byte, error) {
	const ownerPIDConnections = 4 // TCP_TABLE_OWNER_PID_CONNECTIONS
	family := uintptr(windows.AF_INET6)
	if v4 {
		family = windows.AF_INET
	}
	call := windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetExtendedTcpTable")
	if err := call.Find(); err != nil {
		return nil, err
	}
	size := uint32(64 << 10)
	for range 5 {
		buf := make([]byte, size)
		code, _, _ := call.Call(uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), 0, family, ownerPIDConnections, 0)
		switch windows.Errno(code) {
		case windows.ERROR_SUCCESS:
			return buf, nil
		case windows.ERROR_INSUFFICIENT_BUFFER:
			size += size / 4
		default:
			return nil, windows.Errno(code)
		}
	}
	return nil, windows.ERROR_INSUFFICIENT_BUFFER
}
