package peer

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// client is the environment variable that makes the test's binary a client: it
// connects to the address in it, and holds on until its input ends.
const client = "PEER_TEST_CONNECT"

func TestMain(m *testing.M) {
	if addr := os.Getenv(client); addr != "" {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			os.Exit(3)
		}
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = conn.Close()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// accept returns the server's end of what connect connects.
func accept(t *testing.T, network, addr string, connect func(*net.TCPAddr)) net.Conn {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	connect(l.Addr().(*net.TCPAddr))
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// raw connects a socket that is made by hand.
func raw(t *testing.T, family int, to unix.Sockaddr, device string) (fd int) {
	t.Helper()
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if device != "" {
		if err := unix.BindToDevice(fd, device); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Connect(fd, to); err != nil {
		t.Fatal(err)
	}
	return fd
}

func dial(t *testing.T, addr string) func(*net.TCPAddr) {
	return func(a *net.TCPAddr) {
		conn, err := net.Dial("tcp", net.JoinHostPort(addr, strconv.Itoa(a.Port)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
}

func connections(t *testing.T) map[string]net.Conn {
	closing := func(fd int) { t.Cleanup(func() { _ = unix.Close(fd) }) }
	mapped := [16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1}
	all := map[string]net.Conn{
		"IPv4":                       accept(t, "tcp4", "127.0.0.1:0", dial(t, "127.0.0.1")),
		"another loopback address":   accept(t, "tcp4", "127.0.0.9:0", dial(t, "127.0.0.9")),
		"IPv4 to a listener of both": accept(t, "tcp", "[::]:0", dial(t, "127.0.0.1")),
		"IPv6":                       accept(t, "tcp6", "[::1]:0", dial(t, "::1")),
		"IPv6 socket at an IPv4 address": accept(t, "tcp4", "127.0.0.1:0", func(a *net.TCPAddr) {
			closing(raw(t, unix.AF_INET6, &unix.SockaddrInet6{Port: a.Port, Addr: mapped}, ""))
		}),
		"both mapped": accept(t, "tcp", "[::]:0", func(a *net.TCPAddr) {
			closing(raw(t, unix.AF_INET6, &unix.SockaddrInet6{Port: a.Port, Addr: mapped}, ""))
		}),
		"bound to a device": accept(t, "tcp4", "127.0.0.1:0", func(a *net.TCPAddr) {
			closing(raw(t, unix.AF_INET, &unix.SockaddrInet4{Port: a.Port, Addr: [4]byte{127, 0, 0, 1}}, "lo"))
		}),
		"IPv6, bound to a device": accept(t, "tcp6", "[::1]:0", func(a *net.TCPAddr) {
			closing(raw(t, unix.AF_INET6, &unix.SockaddrInet6{Port: a.Port, Addr: [16]byte{15: 1}}, "lo"))
		}),
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if ip := a.(*net.IPNet).IP; !ip.IsLoopback() && ip.To4() != nil {
			all["the machine's own address "+ip.String()] = accept(t, "tcp4", ip.String()+":0", dial(t, ip.String()))
			all["from loopback to "+ip.String()] = accept(t, "tcp4", "0.0.0.0:0", func(a *net.TCPAddr) {
				conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}).Dial("tcp4", (&net.TCPAddr{IP: ip, Port: a.Port}).String())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close() })
			})
		}
	}
	return all
}

// TestOwnConnections finds the other end of each kind of connection in both
// ways, and takes it for ours; and for another's, were we somebody else.
func TestOwnConnections(t *testing.T) {
	for name, conn := range connections(t) {
		t.Run(name, func(t *testing.T) {
			if got := Of(conn); got != Own {
				t.Errorf("got %d", got)
			}
			here, _ := address(conn.LocalAddr())
			there, _ := address(conn.RemoteAddr())
			asked, err := diagnose(here, there)
			if err != nil {
				t.Errorf("netlink: %v", err)
			}
			found, err := find(here, there, "/proc/net/tcp", "/proc/net/tcp6")
			if err != nil {
				t.Errorf("tables: %v", err)
			}
			if asked != found || int(asked.uid) != os.Geteuid() || asked.inode == 0 || asked.state != 1 {
				t.Errorf("netlink says %+v, the table %+v", asked, found)
			}
			if got := asked.whose(os.Geteuid() + 1); got != Other {
				t.Errorf("to somebody else it is %d", got)
			}
		})
	}
}

// TestAnotherUser runs a client as another user where the test may do so, and
// as the same one.
func TestAnotherUser(t *testing.T) {
	want := map[uint32]Whose{uint32(os.Geteuid()): Own}
	if os.Geteuid() == 0 {
		want[65534] = Other
	}
	for uid, whose := range want {
		for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
			var end io.Closer
			var cmd *exec.Cmd
			conn := accept(t, "tcp", addr, func(a *net.TCPAddr) {
				cmd = exec.Command("/proc/self/exe") // the other user need not reach the file by its path
				cmd.Env = []string{client + "=" + a.String(), "GORACE=atexit_sleep_ms=0"}
				cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
				if uid != uint32(os.Geteuid()) {
					cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
				}
				stdin, err := cmd.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				end = stdin
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
			})
			if got := Of(conn); got != whose {
				t.Errorf("user %d over %s: %d, want %d", uid, addr, got, whose)
			}
			_ = end.Close()
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestGone: of a closed socket older kernels know no owner, which is not to be
// taken for root.
func TestGone(t *testing.T) {
	conn := accept(t, "tcp4", "127.0.0.1:0", func(a *net.TCPAddr) {
		conn, err := net.Dial("tcp", a.String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	})
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if got := Of(conn); got != Gone && (got != Own || os.Geteuid() == 0) {
		t.Errorf("got %d", got)
	}
	for _, tt := range []struct {
		s    socket
		self int
		want Whose
	}{
		{socket{state: 1, uid: 0, inode: 7}, 1000, Other}, // root
		{socket{state: 1, uid: 0, inode: 7}, 0, Own},
		{socket{state: 5}, 1000, Gone},
		{socket{state: 6}, 0, Gone},
		{socket{state: 5, uid: 1000}, 1000, Own}, // Linux 6.17
		{socket{state: 5, uid: 1001}, 1000, Other},
		{socket{state: 8, uid: 1000, inode: 7}, 1000, Own},
	} {
		if got := tt.s.whose(tt.self); got != tt.want {
			t.Errorf("%+v to %d: %d, want %d", tt.s, tt.self, got, tt.want)
		}
	}
}

// TestAListenerInItsPlace: when the connection is gone, the kernel names who
// listens on its port.
func TestAListenerInItsPlace(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	there, _ := address(l.Addr())
	here := netip.MustParseAddrPort("127.0.0.1:1")
	if s, err := diagnose(here, there); !errors.Is(err, errNoSocket) {
		t.Errorf("netlink: %+v, %v", s, err)
	}
	if s, err := find(here, there, "/proc/net/tcp", "/proc/net/tcp6"); err == nil {
		t.Errorf("tables: %+v", s)
	}
	if got := owner(here, there); got != Unknown {
		t.Errorf("got %d", got)
	}
}

func TestElsewhere(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if got := Of(a); got != Unknown {
		t.Errorf("a pipe: %d", got)
	}
	if onThisMachine(netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::6174")) {
		t.Error("an address of the documentation is taken for ours")
	}
}

// TestTables reads what proc_pid_net(5) shows, also where it makes no sense.
func TestTables(t *testing.T) {
	here, there := netip.MustParseAddrPort("127.0.0.1:7979"), netip.MustParseAddrPort("127.0.0.1:54004")
	const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	both := string(ends(here, there, netip.Addr.AsSlice))
	back := string(ends(there, here, netip.Addr.AsSlice))
	for name, tt := range map[string]struct {
		text string
		want socket
		bad  string
	}{
		"found":      {head + "   0: " + back + "01 00000000:00000000 00:00000000 00000000     0        0 1 1\n   1: " + both + "01 00000000:00000000 02:0000000A 00000000  1001        0 77123 2 0000000000000000 20 4 30 10 -1\n", socket{1, 1001, 77123}, ""},
		"not there":  {head, socket{}, "no such socket"},
		"cut short":  {head + "   1: " + both + "01 00000000", socket{}, "fields"},
		"no numbers": {head + "   1: " + both + "01 0:0 0:0 0  -1 0 77123 2\n", socket{}, "invalid syntax"},
	} {
		file := filepath.Join(t.TempDir(), "tcp")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := find(here, there, file)
		if got.uid != tt.want.uid || got.inode != tt.want.inode || (err == nil) != (tt.bad == "") || err != nil && !strings.Contains(err.Error(), tt.bad) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := find(here, there, filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a table that is not there")
	}
	if two := netip.MustParseAddrPort("[::1]:1"); !strings.HasPrefix(string(ends(two, two, netip.Addr.AsSlice)), strings.Repeat("0", 24)) {
		t.Errorf("got %s", ends(two, two, netip.Addr.AsSlice))
	}
}

// TestOddAnswers: whatever netlink says, it is no panic.
func TestOddAnswers(t *testing.T) {
	here, there := netip.MustParseAddrPort("127.0.0.1:7979"), netip.MustParseAddrPort("127.0.0.1:54004")
	m := question(here, there, 1)
	for n := range len(m) {
		if s, err := answer(m[:n], here, there); err == nil {
			t.Errorf("%d bytes are %+v", n, s)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	dialed, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer dialed.Close()
	conn, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	here, _ := address(conn.LocalAddr())
	there, _ := address(conn.RemoteAddr())
	b.Run("netlink", func(b *testing.B) {
		for b.Loop() {
			if Of(conn) != Own {
				b.Fatal("not ours")
			}
		}
	})
	b.Run("tables", func(b *testing.B) {
		for b.Loop() {
			if _, err := find(here, there, "/proc/net/tcp", "/proc/net/tcp6"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
