package proxytest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// backlogFull is a port whose owner accepts nobody and whose queue is full, so
// that the packets of a new connection are not even acknowledged.
func backlogFull(t testing.TB) *Target {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(os.NewSyscallError("socket", err))
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(os.NewSyscallError("getsockname", err))
	}
	at, ok := name.(*syscall.SockaddrInet4)
	if !ok {
		t.Fatalf("a name of type %T", name)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", at.Port)
	// The queue is full when a connection does not come about.
	const most = 16
	dialer := net.Dialer{Timeout: 200 * time.Millisecond}
	for range most {
		conn, err := dialer.DialContext(t.Context(), "tcp", addr)
		if err != nil {
			return &Target{Base: "http://" + addr + "/v1"}
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	t.Fatal("this test needs a system whose queues of connections have an end, as Linux's have")
	return nil
}
